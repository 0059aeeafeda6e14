"""What the program decides, and nothing of how it is carried out: no I/O, no clock, no logging."""
