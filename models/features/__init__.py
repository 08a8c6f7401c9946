"""From stored windows to the plain arrays that models work on. Refuses stores and clocks."""
