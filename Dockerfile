# Residual Explorer in a container; see docs/serving.md.
#   CPU:   docker build -t residual-explorer:cpu .
#   CUDA:  docker build -t residual-explorer:cuda --build-arg TORCH_INDEX=https://pypi.org/simple .

# python:3.11-slim as of October 2026. Current digest: docker buildx imagetools inspect python:3.11-slim
ARG PYTHON=python:3.11.17-slim-trixie@sha256:45037981b62b34b44602584fccbc4d884d5f7dc92c7ee86bb38a698a79fe1e51

FROM ${PYTHON} AS packages
# PyPI's torch wheels for Linux are the CUDA builds, 4 GB larger. The CPU wheels are in another index and have other hashes than
# requirements.lock: with that index, these two wheels are installed without a hash check, and the CUDA libraries are left out.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG REQUIREMENTS=requirements.txt
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements*.txt requirements.lock ./
RUN python -m venv /venv \
    && case "$TORCH_INDEX" in */cpu) \
        grep -E '^torch(vision)?==' requirements.txt > torch.txt \
        && /venv/bin/pip install --no-deps --index-url "$TORCH_INDEX" -r torch.txt \
        && awk '/^[a-z]/ { keep = !/^(cuda-|nvidia-|triton=)/ } keep' requirements.lock > rest.lock \
        && /venv/bin/pip install --require-hashes -r rest.lock ;; \
    *) /venv/bin/pip install --require-hashes --index-url "$TORCH_INDEX" -r requirements.lock ;; esac \
    && /venv/bin/pip install -r "$REQUIREMENTS"

FROM ${PYTHON}
# Listens on all addresses; accepts the host names localhost, 127.0.0.1 and those in EXPLORER_HOSTS.
# Writes only to the two volumes and /tmp, so the root file system can be read-only.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    EXPLORER_HOSTS= \
    EXPLORER_RUNS=/runs \
    EXPLORER_DATA=/data \
    TORCH_HOME=/data/torch
WORKDIR /app
COPY --from=packages /venv /venv
COPY .streamlit .streamlit
COPY explorer explorer
COPY pages pages
COPY assets assets
COPY streamlit_app.py ./
# The font is for Chinese in saved figures. The app stores downloads in ./data.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-wqy-zenhei && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin explorer \
    && install -d -o explorer -g explorer /data /runs \
    && ln -s /data data \
    && python -m compileall -q explorer pages streamlit_app.py
USER 10001:10001
VOLUME ["/data", "/runs"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
# Workers are detached from the server: on a stop, send SIGTERM to all processes and wait until all have exited.
CMD ["sh", "-c", "trap 'kill -s TERM -- -1; while kill -s 0 -- -1 2>/dev/null; do sleep 0.2; done' TERM INT; streamlit run streamlit_app.py --server.address 0.0.0.0 --server.headless true & wait $!"]
