# One image for every role (deploy/entrypoint.sh); what a role does not need is not in it:
#
#   app          web, beat, migrations, shard workers: no browser
#   app-browser  the same with Chromium's headless shell: whoever walks through a login page
#   sandbox      the stand-in marketplace for trials; never part of a release
#
# Built by BuildKit: `docker compose build`, or `docker build --target app .`
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS base
# Bytecode comes with the image and the root file system is read-only, so nothing is written at run time
# but two small files of the running role and whatever a library puts into its home.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    ROLE_FILE=/tmp/role \
    PULSE_FILE=/tmp/pulse
WORKDIR /app

FROM base AS build
COPY requirements.txt /tmp/
RUN --mount=type=cache,target=/tmp/.cache/pip \
    python3 -m venv /opt/venv \
 && pip install --disable-pip-version-check --no-compile --only-binary=:all: \
        -r /tmp/requirements.txt \
 && pip uninstall --quiet --yes pip setuptools \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib
COPY manage.py ./
COPY cube_demper cube_demper
COPY accounts accounts
COPY news news
COPY kaspi kaspi
COPY billing billing
COPY products products
COPY preorders preorders
COPY whatsapp whatsapp
COPY ai ai
COPY deploy/entrypoint.sh deploy/healthcheck.py deploy/pulse.py deploy/
RUN SECRET_KEY=only-for-this-build-step python manage.py collectstatic --noinput --verbosity 0 \
 && python -m compileall -q --invalidation-mode unchecked-hash */ \
 && chmod -R u=rwX,go=rX .

FROM base AS runtime
RUN groupadd --system --gid 10001 demper \
 && useradd --system --uid 10001 --gid demper --no-create-home --home-dir /tmp demper
EXPOSE 8010
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=10s --start-period=60s --retries=6 \
    CMD ["python", "deploy/healthcheck.py"]
ENTRYPOINT ["sh", "deploy/entrypoint.sh"]

FROM runtime AS app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
CMD ["web"]

# The browser goes in below the code: a new release does not install it anew. libatomic1 is for the
# driver, whose own program needs it and does not say so.
FROM runtime AS app-browser
RUN apt-get update \
 && apt-get install --yes --no-install-recommends chromium-headless-shell libatomic1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
ENV CHROMIUM_PATH=/usr/bin/chromium-headless-shell
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
CMD ["worker", "default"]

FROM app AS sandbox
COPY sandbox sandbox
EXPOSE 8021 8022 8023
CMD ["sandbox"]
