"""Runs the migrations on the connection that `portal.storage.migrations.migrate` hands over."""

from alembic import context

from portal.storage import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
