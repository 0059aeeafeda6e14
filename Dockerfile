# Two stages: what installs the program stays behind, what runs it goes on.
FROM python:3.12-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/sheets-sync
ENV PATH=/opt/sheets-sync/bin:$PATH

WORKDIR /build
COPY constraints.txt ./
RUN pip install --require-hashes -r constraints.txt
COPY pyproject.toml README.md ./
COPY sheets_sync ./sheets_sync
RUN pip install --no-deps --no-build-isolation '.[console,postgres]' && pip check


FROM python:3.12-slim

RUN groupadd --gid 10001 sheets-sync \
    && useradd --uid 10001 --gid sheets-sync --no-create-home --shell /usr/sbin/nologin sheets-sync \
    && install --directory --owner=sheets-sync --group=sheets-sync --mode=0700 /state

COPY --from=build /opt/sheets-sync /opt/sheets-sync
ENV PATH=/opt/sheets-sync/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

# From here the defaults config/sheets.yaml and state/sheets-sync.db are /config and /state.
WORKDIR /
VOLUME ["/state"]
USER 10001:10001

HEALTHCHECK --interval=60s --timeout=20s --start-period=30s --retries=3 \
    CMD ["sheets-sync", "status", "--alive", "--config", "/config/sheets.yaml"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sheets-sync"]
CMD ["run"]
