"""The web server as an ASGI app: pages, `/live`, `/healthz`, the login; the guard around all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from dashboard.app import create_app
from dashboard.features.access.routes import router as access_router
from dashboard.features.backtests.routes import router as backtest_router
from dashboard.features.bots.routes import router as bot_router
from dashboard.features.market.chart_routes import router as chart_router
from dashboard.features.market.routes import router as market_router
from dashboard.features.portfolio.routes import router as portfolio_router
from dashboard.features.strategies.routes import router as signal_router
from dashboard.features.sweeps.routes import router as sweep_router
from dashboard.features.system.metrics import MonitoringContext, add_metrics_routes
from dashboard.features.system.routes import router as system_router
from dashboard.http_api.dependencies import ApiContext, provide
from dashboard.http_api.docs_page import description_routes
from dashboard.http_api.unknown_paths import unknown_api_paths
from dashboard.live.hub import LiveHub
from dashboard.live.routes import add_live_route
from dashboard.security.authenticator import Authenticator
from dashboard.security.authorization import AuthorizationMiddleware
from dashboard.security.client_address import ClientAddress
from dashboard.security.guard import RequestGuard
from dashboard.security.headers import content_security_policy, security_headers
from dashboard.security.listen_address import ListenAddress, is_loopback
from dashboard.security.login import Login, add_login_routes
from dashboard.security.login_grants import LoginGrants
from dashboard.services import DashboardServices
from dashboard.shell import Site
from dashboard.unknown_paths import add_fallback_route
from utils.clock import Clock, SystemClock
from utils.messaging import AsyncBus
from utils.telemetry.heartbeat import start_beating

API_ROUTERS = (
    access_router, market_router, chart_router, signal_router, backtest_router, sweep_router,
    bot_router, portfolio_router, system_router,
)  # fmt: skip


def create_server(
    services: DashboardServices,
    bus: AsyncBus,
    clock: Clock,
    *,
    site: Site,
    listen_address: ListenAddress,
    authenticator: Authenticator,
    grants: LoginGrants,
    monitoring: MonitoringContext,
) -> ASGIApp:
    """Build the server. One process serves all: live frames are numbered per process."""
    hub = LiveHub(bus, services, clock, monitoring.failures)
    server = FastAPI(openapi_url=None, lifespan=_lifespan(hub, bus, services, monitoring))
    server.add_exception_handler(ClientDisconnect, _on_client_disconnect)
    provide(server, ApiContext(services=services, hub=hub, authenticator=authenticator))
    add_live_route(server, hub)
    _add_api(server)
    add_login_routes(server, Login(authenticator, services.audit, clock, grants))
    _add_health_route(server)
    add_metrics_routes(server, monitoring, hub, bus, clock, services.thread_pools)
    app = create_app(
        services, hub, site, server=server, compress=not is_loopback(listen_address.host)
    )
    add_fallback_route(server)
    headers = security_headers(content_security_policy(app.csp_hashes()))
    authorization = AuthorizationMiddleware(server, server.routes, services.audit)
    guard = RequestGuard(authorization, listen_address, authenticator, headers)
    return ClientAddress(guard, listen_address.trusted_proxies, clock)


def _lifespan(
    hub: LiveHub, bus: AsyncBus, services: DashboardServices, monitoring: MonitoringContext
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        listening = asyncio.create_task(hub.run())
        auditing = asyncio.create_task(services.audit.run(SystemClock()))
        beating = start_beating(monitoring.heartbeat, SystemClock())
        yield
        beating.cancel()
        auditing.cancel()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        services.close()
        await bus.close()

    return lifespan


async def _on_client_disconnect(_: Request, __: Exception) -> Response:
    """Answer a request whose client left before the end of its body: no fault of the server."""
    return Response(status_code=400)


def _add_api(server: FastAPI) -> None:
    """Serve the API, its description, and the answers to all other paths below `/api`."""
    routes = server.router.routes
    for router in API_ROUTERS:
        routes.extend(router.routes)
    routes.extend(description_routes(routes))
    routes.append(unknown_api_paths(routes))


def _add_health_route(server: FastAPI) -> None:
    @server.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"})
