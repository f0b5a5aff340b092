"""Who answers a lot together: mandataire, members, parts, agreement, seal."""
