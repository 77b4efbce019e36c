# The service as an image: `docker build -t contact-merging .`
# Two stages: the image that runs has no build tools. It runs as an unprivileged user and writes only
# to /tmp and, with a store on SQLite, to the volume /data.

FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv --without-pip /opt/contact-merging
COPY requirements.lock ./
RUN pip --python /opt/contact-merging/bin/python install --no-cache-dir --require-hashes \
    --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY application application
COPY infrastructure infrastructure
RUN pip --python /opt/contact-merging/bin/python install --no-cache-dir --no-deps \
    --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /opt/contact-merging /opt/contact-merging
RUN useradd --system --uid 10001 --no-create-home contact-merging \
    && install --directory --owner 10001 --group 10001 --mode 700 /data
ENV PATH=/opt/contact-merging/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CONTACT_MERGING_STORE=sqlite:/data \
    CONTACT_MERGING_HOST=0.0.0.0 \
    CONTACT_MERGING_PORT=8000
USER 10001:10001
WORKDIR /tmp
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["contact-merging"]
CMD ["serve"]
