"""Support actions: who helps which structure to get ready, why, when next, and what came of it."""
