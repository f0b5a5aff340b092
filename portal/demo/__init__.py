"""The demonstration: fictional data, one click to be each persona, the mails that left.

place       the directory it lives in
production  prepares it, then has it performed; resets it
supervisor  starts its processes, watches them, stops them all; leash makes them die with it
mailbox     where its mails go
world       who and what it is about: pure data, drawn from a fixed seed
mark        what says that a database holds the demonstration, and since when
seeding     writes that world through the rooms, as if it had been lived
personas, services, views
            the door, which exists only here and only for this machine
"""
