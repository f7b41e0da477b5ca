// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/targets.h"

#include <algorithm>
#include <array>

namespace retryscope::interchange {
namespace {

constexpr char protobufForm[] = "a duration in seconds, such as 1.5s";
constexpr double envoyBase = 0.025;       ///< base_interval where there is none; max_interval: ten times that
constexpr double longestReset = 300;      ///< max_interval of rate_limited_retry_back_off where there is none
constexpr double routeTimeout = 15;       ///< timeout of a route where there is none
constexpr double longestDeadline = 86400; ///< ours, where a route has no limit

/// The first map below that has the key, wherever it stands: a whole bootstrap file or a part of one.
const Input *findHolder(const Input &in, const QString &key)
{
    if (in.member(key))
        return &in;
    for (const auto &[name, value] : in.members) {
        if (const Input *found = findHolder(value, key))
            return found;
    }
    for (const Input &item : in.items) {
        if (const Input *found = findHolder(item, key))
            return found;
    }
    return nullptr;
}

const Input *firstOf(const Input *list)
{
    return list && list->kind == Input::Kind::List && !list->items.isEmpty() ? &list->items.first() : nullptr;
}

/// Whether Retry-After is among them, in the form that is read here; the others are listed.
bool readResetHeaders(Section &limited, Importing &into)
{
    bool honoured = false;
    const QVector<Input> *headers = limited.list("reset_headers");
    for (qsizetype i = 0; headers && i < headers->size(); ++i) {
        const Input &item = headers->at(i);
        const Input *name = item.member(QStringLiteral("name")), *format = item.member(QStringLiteral("format"));
        const QString header = name ? name->text : QString(), form = format ? format->text : QStringLiteral("SECONDS");
        if (header.compare(QLatin1String("retry-after"), Qt::CaseInsensitive) == 0 && form == QLatin1String("SECONDS"))
            honoured = true;
        else
            into.passOver(limited.path(QStringLiteral("reset_headers[%1]: %2 in %3"))
                              .arg(QString::number(i), header.left(60), form.left(60)),
                          item.line);
    }
    return honoured;
}

void readBackoff(Section &policy, Importing &into)
{
    Section backoff(policy.take("retry_back_off"), policy.path(QStringLiteral("retry_back_off")), into);
    if (!backoff.setDuration("base_delay_s", "base_interval", fromProtobufDuration, protobufForm))
        into.set("base_delay_s", envoyBase);
    if (!backoff.setDuration("max_delay_s", "max_interval", fromProtobufDuration, protobufForm))
        into.set("max_delay_s", 10.0 * into.number("base_delay_s"));
    into.setWord("backoff", "exponential");
    into.set("exponential_base", 2);
    into.setWord("jitter", "full");
    Section limited(policy.take("rate_limited_retry_back_off"),
                    policy.path(QStringLiteral("rate_limited_retry_back_off")), into);
    const bool honoured = readResetHeaders(limited, into);
    into.setFlag("honour_server_hints", honoured);
    if (honoured && !limited.setDuration("server_hint_cap_s", "max_interval", fromProtobufDuration, protobufForm))
        into.set("server_hint_cap_s", longestReset);
}

/// A condition of retry_on in our terms: the statuses, no answer at all, an attempt that took too long.
struct RetryCondition
{
    const char *word;
    std::array<int, 5> statuses;
    bool network, timeout;
};
constexpr RetryCondition retryConditions[] = {{"5xx", {500, 502, 503, 504, 529}, true, true},
                                              {"gateway-error", {502, 503, 504}, true, true},
                                              {"retriable-4xx", {409}, false, false},
                                              {"reset", {}, true, true},
                                              {"reset-before-request", {}, true, false},
                                              {"connect-failure", {}, true, false},
                                              {"refused-stream", {}, true, false}};

void readRetryOn(Section &policy, int attempts, Importing &into)
{
    const QString where = policy.path(QStringLiteral("retry_on")),
                  listed = policy.path(QStringLiteral("retriable_status_codes"));
    const auto words = policy.text("retry_on");
    const int line = policy.lastLine();
    const QVector<Input> *list = policy.list("retriable_status_codes");
    if (!words) {
        if (policy.exists())
            into.warn(
                where, policy.line(),
                QStringLiteral("Is not there: Envoy repeats what a request asks for in x-envoy-retry-on, and here that "
                               "which a repeat may help is repeated."));
        return applyStatuses(list, listed, into);
    }
    QSet<int> statuses;
    bool network = false, timeout = false, codes = false;
    for (const QString &word : words->split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        const QString condition = word.trimmed();
        const auto known = std::find_if(std::begin(retryConditions), std::end(retryConditions),
                                        [&](const RetryCondition &c) { return condition == QLatin1String(c.word); });
        if (condition == QLatin1String("retriable-status-codes")) {
            codes = true;
        } else if (known == std::end(retryConditions)) {
            into.passOver(where + QStringLiteral(": ") + condition.left(60), line);
        } else {
            for (const int status : known->statuses) {
                if (status)
                    statuses.insert(status);
            }
            network = network || known->network;
            timeout = timeout || known->timeout;
        }
    }
    if (codes && list)
        statuses += statusesOf(*list, listed, into);
    else if (list)
        into.warn(listed, policy.lastLine(),
                  QStringLiteral("Has no effect without retriable-status-codes in retry_on."));
    applyStatuses(statuses, codes && list ? listed : where, line, into);
    into.setAttempts(RetryReason::Network, network ? 2 : 1, 2, where, line);
    into.setAttempts(RetryReason::NetworkTimeout, timeout ? attempts : 1, attempts, where, line);
}

/// False where an attempt has no limit of its own.
bool readRetryPolicy(const Input *found, Importing &into)
{
    Section policy(found, QStringLiteral("retry_policy"), into);
    const int retries = policy.whole("num_retries").value_or(policy.exists() ? 1 : 0);
    into.set("max_attempts", retries + 1.0, QStringLiteral("retry_policy.num_retries"), policy.lastLine());
    const bool limited = policy.setDuration("attempt_timeout_s", "per_try_timeout", fromProtobufDuration, protobufForm);
    readRetryOn(policy, retries + 1, into);
    readBackoff(policy, into);
    return limited;
}

void readOutliers(Section &cluster, Importing &into)
{
    Section outlier(cluster.take("outlier_detection"), cluster.path(QStringLiteral("outlier_detection")), into);
    outlier.only("consecutive_5xx", consecutiveFailures);
    outlier.only("max_ejection_percent", 100);
    outlier.only("enforcing_success_rate", 0);
    outlier.only("failure_percentage_minimum_hosts", 1);
    const double enforced = outlier.number("enforcing_failure_percentage").value_or(0.0);
    if (enforced > 0.0) {
        if (enforced != 100.0)
            into.passOver(outlier.path(QStringLiteral("enforcing_failure_percentage: ")) + numeral(enforced),
                          outlier.lastLine());
        outlier.set("circuit_failure_ratio", "failure_percentage_threshold", 0.01);
        outlier.set("circuit_min_calls", "failure_percentage_request_volume");
    } else {
        for (const char *key : {"failure_percentage_threshold", "failure_percentage_request_volume"}) {
            if (outlier.take(key))
                into.warn(
                    outlier.path(QLatin1String(key)), outlier.lastLine(),
                    QStringLiteral("Has no effect: enforcing_failure_percentage is not there, or 0. It is not taken."));
        }
    }
    outlier.setDuration("circuit_window_s", "interval", fromProtobufDuration, protobufForm);
    outlier.setDuration("circuit_open_time_s", "base_ejection_time", fromProtobufDuration, protobufForm);
    outlier.setDuration("circuit_max_open_time_s", "max_ejection_time", fromProtobufDuration, protobufForm);
}

/// Those of requests of the usual priority; the others are listed.
void readThresholds(Section &cluster, Importing &into)
{
    Section breakers(cluster.take("circuit_breakers"), cluster.path(QStringLiteral("circuit_breakers")), into);
    const QVector<Input> *all = breakers.list("thresholds");
    const Input *usual = nullptr;
    QString path;
    for (qsizetype i = 0; all && i < all->size(); ++i) {
        const Input *priority = all->at(i).member(QStringLiteral("priority"));
        const QString place = breakers.path(QStringLiteral("thresholds[%1]").arg(i));
        if (!usual && (!priority || priority->text == QLatin1String("DEFAULT"))) {
            usual = &all->at(i);
            path = place;
        } else {
            into.passOver(place, all->at(i).line);
        }
    }
    Section threshold(usual, path, into);
    threshold.take("priority");
    threshold.set("max_concurrent", "max_requests");
    Section budget(threshold.take("retry_budget"), threshold.path(QStringLiteral("retry_budget")), into);
    Section percent(budget.take("budget_percent"), budget.path(QStringLiteral("budget_percent")), into);
    percent.set("retry_budget_ratio", "value", 0.01);
    budget.set("retry_budget_floor", "min_retry_concurrency");
}

/// The address of a cluster.
struct EnvoyCluster
{
    QString host;
    int port = 0;
    bool tls = false;
};

int countHolders(const Input &in, const QString &key)
{
    int count = in.member(key) ? 1 : 0;
    for (const auto &[name, value] : in.members)
        count += countHolders(value, key);
    for (const Input &item : in.items)
        count += countHolders(item, key);
    return count;
}

/// The address; and from the leading one what it says of the policy, of which the others may say the same.
EnvoyCluster readCluster(const Input &item, const QString &where, const Input &leading, Importing &into)
{
    EnvoyCluster read;
    const Input *socket = findHolder(item, QStringLiteral("port_value"));
    if (const Input *address = socket ? socket->member(QStringLiteral("address")) : nullptr)
        read.host = address->text;
    read.port = socket ? socket->member(QStringLiteral("port_value"))->text.toInt() : 0;
    read.tls = item.member(QStringLiteral("transport_socket"));
    Section cluster(&item, where, into);
    for (const char *known : {"name", "type", "load_assignment", "transport_socket"})
        cluster.take(known);
    if (const Input *assigned = item.member(QStringLiteral("load_assignment"));
        assigned && countHolders(*assigned, QStringLiteral("port_value")) > 1)
        into.warn(cluster.path(QStringLiteral("load_assignment")), assigned->line,
                  QStringLiteral("Has several addresses, between which Envoy balances: the first is taken."));
    if (&item == &leading) {
        cluster.setDuration("connect_timeout_s", "connect_timeout", fromProtobufDuration, protobufForm);
        readThresholds(cluster, into);
        readOutliers(cluster, into);
    } else {
        for (const char *ofPolicy : {"connect_timeout", "circuit_breakers", "outlier_detection"})
            cluster.takeIfSame(ofPolicy, &leading);
    }
    return read;
}

/// Where there is none, Envoy has one of its own; 0s is none at all.
void readRouteTimeout(Section &route, Importing &into)
{
    const auto timeout = route.duration("timeout", fromProtobufDuration, protobufForm);
    if (timeout && *timeout > 0.0)
        return into.set("deadline_s", *timeout, route.path(QStringLiteral("timeout")), route.lastLine());
    into.set("deadline_s", timeout ? longestDeadline : routeTimeout);
    if (timeout)
        into.warn(route.path(QStringLiteral("timeout")), route.lastLine(),
                  QStringLiteral("Is 0s, which is no limit there: the longest deadline, a day, is taken."));
}

/// What the routes have in common: the leading one's "route", and the policy that has been taken.
struct LeadingRoute
{
    const Input *route = nullptr, *policy = nullptr;
};

void readRoute(const Input &item, const QString &where, const LeadingRoute &leading,
               const QMap<QString, EnvoyCluster> &clusters, Importing &into)
{
    Section entry(&item, where, into);
    Section match(entry.take("match"), entry.path(QStringLiteral("match")), into);
    for (const char *known : {"prefix", "path"})
        match.take(known);
    entry.take("name");
    const Input *to = entry.take("route");
    Section route(to, entry.path(QStringLiteral("route")), into);
    const QString name = route.text("cluster").value_or(QString());
    const QString path = route.text("prefix_rewrite").value_or(QString());
    const QString literal = route.text("host_rewrite_literal").value_or(QString());
    if (to && to == leading.route) {
        readRouteTimeout(route, into);
        route.setDuration("idle_timeout_s", "idle_timeout", fromProtobufDuration, protobufForm);
        route.take("retry_policy"); // has been read
    } else {
        route.takeIfSame("timeout", leading.route);
        route.takeIfSame("idle_timeout", leading.route);
        if (const Input *own = to ? to->member(QStringLiteral("retry_policy")) : nullptr;
            own && leading.policy && own->saysTheSameAs(*leading.policy))
            route.take("retry_policy");
    }
    const EnvoyCluster cluster = clusters.value(name);
    if (cluster.host.isEmpty())
        return into.warn(entry.path(QStringLiteral("route.cluster")), item.line,
                         QStringLiteral("Names no cluster with an address, so there is no provider for it."));
    ProviderConfig p;
    if (const auto usual = vendor(name))
        p = *usual;
    else
        p.id = name, p.model = QStringLiteral("your-model");
    p.baseUrl = QUrl();
    p.baseUrl.setScheme(cluster.tls ? QStringLiteral("https") : QStringLiteral("http"));
    p.baseUrl.setHost(literal.isEmpty() ? cluster.host : literal);
    if (cluster.port != (cluster.tls ? 443 : 80))
        p.baseUrl.setPort(cluster.port);
    p.baseUrl.setPath(path.endsWith(QLatin1Char('/')) ? path.chopped(1) : path);
    into.addProvider(p);
}

/// The route that the policy is taken of: the first that leads to a cluster.
const Input *leadingRoute(const QVector<Input> *routes)
{
    for (qsizetype i = 0; routes && i < routes->size(); ++i) {
        if (const Input *route = routes->at(i).member(QStringLiteral("route"));
            route && route->kind == Input::Kind::Map)
            return route;
    }
    return nullptr;
}

/// Where each cluster is. The policy is taken of the one that the leading route leads to, else of the first.
QMap<QString, EnvoyCluster> readClusters(const Input &file, const Input *route, Importing &into)
{
    QMap<QString, EnvoyCluster> clusters;
    const Input *holder = findHolder(file, QStringLiteral("clusters"));
    const Input *list = holder ? holder->member(QStringLiteral("clusters")) : nullptr;
    const Input *wanted = route ? route->member(QStringLiteral("cluster")) : nullptr, *leading = firstOf(list);
    const auto calledOf = [](const Input &item) {
        const Input *name = item.member(QStringLiteral("name"));
        return name ? name->text : QString();
    };
    for (qsizetype i = 0; wanted && list && i < list->items.size(); ++i) {
        if (calledOf(list->items[i]) == wanted->text) {
            leading = &list->items[i];
            break;
        }
    }
    for (qsizetype i = 0; list && i < list->items.size(); ++i)
        clusters.insert(calledOf(list->items[i]),
                        readCluster(list->items[i], QStringLiteral("clusters[%1]").arg(i), *leading, into));
    return clusters;
}

} // namespace

void readEnvoy(const QByteArray &text, Importing &into)
{
    const auto input = readInput(readYaml(text), into);
    if (!input)
        return;
    const Input *holder = findHolder(*input, QStringLiteral("virtual_hosts"));
    const Input *hosts = holder ? holder->member(QStringLiteral("virtual_hosts")) : nullptr;
    Section host(firstOf(hosts), QStringLiteral("virtual_hosts[0]"), into);
    if (!host.exists())
        return into.fail(QStringLiteral("virtual_hosts"), 0,
                         QStringLiteral("Is not there. An Envoy configuration with a route_config is needed."));
    for (qsizetype i = 1; i < hosts->items.size(); ++i)
        into.passOver(QStringLiteral("virtual_hosts[%1]").arg(i), hosts->items[i].line);
    host.take("name");
    host.take("domains");
    const QVector<Input> *routes = host.list("routes");
    const Input *general = host.take("retry_policy");
    LeadingRoute leading{leadingRoute(routes), general};
    if (const Input *own = leading.route ? leading.route->member(QStringLiteral("retry_policy")) : nullptr) {
        if (general && !own->saysTheSameAs(*general))
            into.passOver(QStringLiteral("virtual_hosts[0].retry_policy"), general->line);
        leading.policy = own; // it goes before the host's
    }
    const QMap<QString, EnvoyCluster> clusters = readClusters(*input, leading.route, into);
    const bool limited = readRetryPolicy(leading.policy, into);
    for (qsizetype i = 0; routes && i < std::min<qsizetype>(routes->size(), 100); ++i)
        readRoute((*routes)[i], QStringLiteral("virtual_hosts[0].routes[%1]").arg(i), leading, clusters, into);
    if (routes && routes->size() > 100)
        into.passOver(QStringLiteral("virtual_hosts[0].routes[100] and what follows"), routes->at(100).line);
    if (!limited && leading.route) // the route's own time is all that ends an attempt
        into.set("attempt_timeout_s", std::min(3600.0, into.number("deadline_s")));
}

} // namespace retryscope::interchange
