"""Everything durable, each operation by name: what was read, what is due, what was answered."""
