"""What `inv` finds: a worker behind a wrapper that neither execs nor passes signals on."""

from invoke import task


@task
def worker(c):
    c.run("celery -A jobs worker -c 2 -Q behind-inv -n behind-inv@%h -l INFO")
