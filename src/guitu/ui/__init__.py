"""What pages are made of: tokens, layout, components, static islands; no page about persons."""
