// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/targets.h"

#include <algorithm>
#include <cmath>

namespace retryscope::interchange {
namespace {

constexpr char envoyType[] = "type.googleapis.com/envoy.";
constexpr double leastInterval = 0.001;

QString typeUrl(const char *name) { return QLatin1String(envoyType) + QLatin1String(name); }
void putDuration(Output &into, const char *key, double seconds) { into.plain(key, protobufDuration(seconds)); }
QString saidDuration(const char *key, double seconds) { return said(key, protobufDuration(seconds)); }

void writeBackoff(Output &policy, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    const double base = std::max(leastInterval, toSeconds(c.baseDelay)), cap = std::max(base, toSeconds(c.maxDelay));
    Output &backoff = policy.map("retry_back_off");
    putDuration(backoff, "base_interval", base);
    putDuration(backoff, "max_interval", cap);
    record.kept("base_delay_s", base, saidDuration("base_interval", base), "It is at least 1 ms.");
    record.kept("max_delay_s", cap, saidDuration("max_interval", cap), "It is at least 1 ms.");
    record.kept("backoff", QStringLiteral("exponential"), QStringLiteral("built in"), "Envoy always doubles.");
    record.about("exponential_base", 2, QStringLiteral("built in: up to (2^n - 1) times base_interval"),
                 "Envoy always doubles, and its second wait is up to three times the first.");
    record.kept("jitter", QStringLiteral("full"), QStringLiteral("built in: from 0 to the wait"),
                "Envoy always spreads from 0.");
    if (!c.honourServerHints)
        return record.kept("honour_server_hints", false, QStringLiteral("no rate_limited_retry_back_off"));
    const double hint = std::max(leastInterval, toSeconds(c.serverHintCap));
    Output &limited = policy.map("rate_limited_retry_back_off");
    Output &header = limited.list("reset_headers").item();
    header.text("name", QStringLiteral("retry-after"));
    header.plain("format", QStringLiteral("SECONDS"));
    putDuration(limited, "max_interval", hint);
    record.kept("honour_server_hints", true, QStringLiteral("rate_limited_retry_back_off"));
    record.kept("server_hint_cap_s", hint, saidDuration("max_interval", hint), "It is at least 1 ms.");
}

void writeRetryPolicy(Output &host, int retries, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    Output &policy = host.map("retry_policy");
    // An attempt that took too long is a reset; before the request, only one that nobody has seen.
    const bool repeats =
        attemptsFor(c, RetryReason::NetworkTimeout, 2) > 1 && c.unconfirmedDelivery != UnconfirmedDelivery::Stop;
    const QString resets = repeats ? QStringLiteral("reset") : QStringLiteral("reset-before-request");
    policy.text("retry_on", QStringLiteral("connect-failure,refused-stream,%1,retriable-status-codes").arg(resets));
    record.reasonKept(RetryReason::NetworkTimeout, repeats ? retries + 1 : 1, said("retry_on", resets));
    policy.number("num_retries", retries);
    record.kept("max_attempts", retries + 1, said("num_retries", retries));
    putDuration(policy, "per_try_timeout", toSeconds(c.attemptTimeout));
    record.kept("attempt_timeout_s", toSeconds(c.attemptTimeout),
                saidDuration("per_try_timeout", toSeconds(c.attemptTimeout)));
    putStatuses(policy, "retriable_status_codes", c);
    recordStatuses(record, "retriable_status_codes");
    writeBackoff(policy, record);
}

void writeRoute(Output &routes, const ProviderConfig &p, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    Output &route = routes.item();
    route.map("match").text("prefix", QLatin1Char('/') + p.id + QLatin1Char('/'));
    Output &to = route.map("route");
    to.text("cluster", p.id);
    const QString path = p.baseUrl.path().endsWith(QLatin1Char('/')) ? p.baseUrl.path() : p.baseUrl.path() + QLatin1Char('/');
    to.text("prefix_rewrite", path);
    to.text("host_rewrite_literal", p.baseUrl.host(QUrl::FullyEncoded));
    putDuration(to, "timeout", toSeconds(c.deadline));
    putDuration(to, "idle_timeout", toSeconds(c.idleTimeout));
}

void writeBreakers(Output &cluster, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    Output &threshold = cluster.map("circuit_breakers").list("thresholds").item();
    threshold.number("max_requests", c.maxConcurrent);
    record.about("max_concurrent", c.maxConcurrent, said("max_requests", c.maxConcurrent),
                 "More are refused there; here they wait.");
    Output &budget = threshold.map("retry_budget");
    const double percent = c.retryBudgetRatio * 100.0;
    budget.map("budget_percent").number("value", percent);
    budget.number("min_retry_concurrency", c.retryBudgetFloor);
    record.about("retry_budget_ratio", c.retryBudgetRatio, said("budget_percent", percent),
                 "There it is the share of the requests that are open now, here that of the calls of late.");
    record.about("retry_budget_floor", c.retryBudgetFloor, said("min_retry_concurrency", c.retryBudgetFloor),
                 "There it counts retries at once, here retries that a quiet client has in hand.");
}

/// One host is the whole provider, so a share of its failures is what opens our circuit.
void writeOutliers(Output &cluster, LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    Output &outlier = cluster.map("outlier_detection");
    const double percent = std::max(1.0, std::round(c.circuitFailureRatio * 100.0));
    outlier.number("consecutive_5xx", consecutiveFailures);
    putDuration(outlier, "interval", toSeconds(c.circuitWindow));
    putDuration(outlier, "base_ejection_time", toSeconds(c.circuitOpenTime));
    putDuration(outlier, "max_ejection_time", toSeconds(c.circuitMaxOpenTime));
    outlier.number("max_ejection_percent", 100);
    outlier.number("enforcing_success_rate", 0);
    outlier.number("failure_percentage_threshold", percent);
    outlier.number("enforcing_failure_percentage", 100);
    outlier.number("failure_percentage_minimum_hosts", 1);
    outlier.number("failure_percentage_request_volume", c.circuitMinCalls);
    record.kept("circuit_failure_ratio", percent / 100.0, said("failure_percentage_threshold", percent),
                "It is in whole per cent.");
    record.kept("circuit_min_calls", c.circuitMinCalls, said("failure_percentage_request_volume", c.circuitMinCalls));
    record.kept("circuit_window_s", toSeconds(c.circuitWindow), saidDuration("interval", toSeconds(c.circuitWindow)));
    record.kept("circuit_open_time_s", toSeconds(c.circuitOpenTime),
                saidDuration("base_ejection_time", toSeconds(c.circuitOpenTime)));
    record.about("circuit_max_open_time_s", toSeconds(c.circuitMaxOpenTime),
                 saidDuration("max_ejection_time", toSeconds(c.circuitMaxOpenTime)),
                 "The time grows by itself each time there; here it doubles.");
}

void writeCluster(Output &clusters, const ProviderConfig &p, LossRecorder &record)
{
    const QString host = p.baseUrl.host(QUrl::FullyEncoded);
    const bool tls = p.baseUrl.scheme() == QLatin1String("https");
    Output &cluster = clusters.item();
    cluster.text("name", p.id);
    cluster.plain("type", QStringLiteral("LOGICAL_DNS"));
    const double connect = toSeconds(record.configuration().retry.connectTimeout);
    putDuration(cluster, "connect_timeout", connect);
    record.kept("connect_timeout_s", connect, saidDuration("connect_timeout", connect));
    writeBreakers(cluster, record);
    writeOutliers(cluster, record);
    Output &assignment = cluster.map("load_assignment");
    assignment.text("cluster_name", p.id);
    Output &address = assignment.list("endpoints").item().list("lb_endpoints").item().map("endpoint").map("address").map(
        "socket_address");
    address.text("address", host);
    address.number("port_value", p.baseUrl.port(tls ? 443 : 80));
    if (tls) {
        Output &socket = cluster.map("transport_socket");
        socket.text("name", QStringLiteral("envoy.transport_sockets.tls"));
        Output &config = socket.map("typed_config");
        config.text("@type", typeUrl("extensions.transport_sockets.tls.v3.UpstreamTlsContext"));
        config.text("sni", host);
    }
    QUrl plain = p.baseUrl;
    if (plain.path().endsWith(QLatin1Char('/')))
        plain.setPath(plain.path().chopped(1));
    if (plain.port() == (tls ? 443 : 80))
        plain.setPort(-1);
    record.provider(p, "base_url", plain.toString(), QStringLiteral("socket_address, prefix_rewrite"),
                    "It is the same address in another form.");
}

/// The virtual host that the routes belong to.
Output &writeListener(Output &resources)
{
    Output &listener = resources.list("listeners").item();
    listener.text("name", QStringLiteral("llm"));
    Output &address = listener.map("address").map("socket_address");
    address.text("address", QStringLiteral("127.0.0.1"));
    address.number("port_value", 10'000);
    Output &filter = listener.list("filter_chains").item().list("filters").item();
    filter.text("name", QStringLiteral("envoy.filters.network.http_connection_manager"));
    Output &manager = filter.map("typed_config");
    manager.text("@type", typeUrl("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"));
    manager.text("stat_prefix", QStringLiteral("llm"));
    Output &router = manager.list("http_filters").item();
    router.text("name", QStringLiteral("envoy.filters.http.router"));
    router.map("typed_config").text("@type", typeUrl("extensions.filters.http.router.v3.Router"));
    Output &host = manager.map("route_config").list("virtual_hosts").item();
    host.text("name", QStringLiteral("llm"));
    host.list("domains").textItem(QStringLiteral("*"));
    return host;
}

} // namespace

WrittenBody writeEnvoy(LossRecorder &record)
{
    const RetryConfig &c = record.configuration().retry;
    const ProviderConfigs providers = exportedProviders(record.configuration());
    Output root;
    Output &resources = root.map("static_resources");
    Output &host = writeListener(resources);
    writeRetryPolicy(host, c.maxAttempts - 1, record);
    Output &routes = host.list("routes");
    for (const ProviderConfig &p : providers)
        writeRoute(routes, p, record);
    if (!providers.isEmpty()) {
        record.kept("deadline_s", toSeconds(c.deadline), saidDuration("timeout", toSeconds(c.deadline)));
        record.kept("idle_timeout_s", toSeconds(c.idleTimeout), saidDuration("idle_timeout", toSeconds(c.idleTimeout)));
    }
    Output &clusters = resources.list("clusters");
    for (const ProviderConfig &p : providers) {
        writeCluster(clusters, p, record);
        for (const char *field : {"model", "key", "protocol"})
            record.providerLost(p, field, "Envoy passes requests on as they come: the client brings it.");
        record.provider(p, "priority", QJsonValue::Undefined, QStringLiteral("the order of the routes"),
                        "Routes stand in the order in which providers are asked.");
    }
    record.lost("attempts_per_provider", "Each provider has its own route; Envoy does not fail over between them.");
    return {toYaml(root), c.maxAttempts - 1};
}

} // namespace retryscope::interchange
