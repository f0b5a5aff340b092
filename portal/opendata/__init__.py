"""The forecast in the forms that programs read: Atom, ICS, CSV, XLSX, JSON, OCDS. Reads only."""
