"""Purchase requests: a department's need in plain words, the lever that is realistic, until it becomes a project."""
