"""What people see of a sandbox in their browser: spreadsheets, Arize, and faults to switch on."""
