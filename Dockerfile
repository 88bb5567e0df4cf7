# CUDA image with vLLM; `docker build --build-arg EXTRA= .` makes the small one without.
# Not built by continuous integration.
FROM python:3.11-slim
ARG EXTRA=[gpu]
RUN apt-get update && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/oneshot_rlvr
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY oneshot_rlvr oneshot_rlvr
COPY configs configs
COPY data data
RUN pip install --no-cache-dir -c constraints.txt "oneshot_rlvr${EXTRA} @ file:///opt/oneshot_rlvr"
# Runs are written below the folder that is mounted here: docker run --gpus all -v "$PWD:/workspace" ...
WORKDIR /workspace
ENTRYPOINT ["rlvr"]
CMD ["--help"]
