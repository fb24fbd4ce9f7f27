"""What a stream of positions means: pure, in columns, the same bits for the same input.

`step` judges fixes, `tick` judges the passing of time, `replay` does either one by one; docs/engine.md
says what is judged and why.
"""
