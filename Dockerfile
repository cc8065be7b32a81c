# All that jobs need, from the lock: for Kubernetes, AWS Batch and the like (docs/cluster.md).
#   docker build --tag registry.example.org/aiart:0.2.0 .
#   docker build --tag registry.example.org/aiart:0.2.0-gpu --build-arg LOCK=requirements-gpu.lock .
FROM python:3.11-slim-bookworm

WORKDIR /opt/aiart
ARG LOCK=requirements.lock
COPY requirements.lock requirements-gpu.lock ./
RUN pip install --no-cache-dir --requirement "$LOCK"

# The package, for work outside of a checkout; in one, jobs run the sources that lie there.
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip install --no-cache-dir --no-deps . "snakemake-executor-plugin-cluster-generic>=1.0.9,<2"

WORKDIR /aiart
