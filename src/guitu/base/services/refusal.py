"""A refused command: a sentence for the person who asked, by the field it concerns."""


class Refused(ValueError):
    """The command was not carried out and nothing was changed. ``field`` names the form's field."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
