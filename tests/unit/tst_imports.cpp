// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retryfields.h"
#include "interchange/interchange.h"
#include "support/suite.h"

#include <algorithm>

using namespace retryscope;

/// What stands in another tool's file is taken, or named as not taken; and an export calls exact what is.
class ImportsTest final : public QObject
{
    Q_OBJECT
private slots:
    void takesOrNames_data();
    void takesOrNames();
    void isQuietWhereAllIsTaken_data();
    void isQuietWhereAllIsTaken();
    void modelsOutsideOfTheChainAreNotAsked();
    void refusesWhatIsOfAnotherTool_data();
    void refusesWhatIsOfAnotherTool();
    void jitterIsExactOnlyWhereItIsTheSame_data();
    void jitterIsExactOnlyWhereItIsTheSame();
    void attemptsThatTookTooLongAreRepeatedByEnvoy();

private:
    static Imported imported(const QByteArray &target, const QByteArray &text)
    {
        return importFrom(*interchangeTarget(QString::fromLatin1(target)), text, interchangeBase());
    }
    /// The import's own warnings, and what is not taken as "- place".
    static QStringList told(const Imported &read)
    {
        QStringList all;
        const ConfigIssues usual = validate(read.configuration); // of any configuration, wherever it comes from
        for (const ConfigIssue &issue : read.issues) {
            if (!usual.contains(issue))
                all << issue.where + QStringLiteral(": ") + issue.message;
        }
        for (const QString &place : read.notTaken)
            all << QStringLiteral("- ") + place;
        return all;
    }
    /// "server_error: 1", where a reason has attempts of its own; else the field of the retry settings.
    static QString value(const Imported &read, const QString &field)
    {
        const QJsonObject retry = toJson(read.configuration.retry);
        if (retryReasonFromKey(toUtf8(field)))
            return QString::number(attemptsFor(read.configuration.retry, *retryReasonFromKey(toUtf8(field)), 2));
        return retry[field].toVariant().toString();
    }
};

void ImportsTest::takesOrNames_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("values"); ///< "field: value"
    QTest::addColumn<QStringList>("places"); ///< what a line that is told begins with
    const auto row = [](const char *name, const char *target, const QByteArray &text, const QStringList &values,
                        const QStringList &places = {}) {
        QTest::newRow(name) << QByteArray(target) << text << values << places;
    };
    const QByteArray abc = "model_list:\n- {model_name: a, litellm_params: {model: openai/m}}\n"
                           "- {model_name: b, litellm_params: {model: openai/n}}\n"
                           "- {model_name: c, litellm_params: {model: openai/o}}\n";
    row("litellm_settings", "litellm",
        abc
            + "litellm_settings: {num_retries: 5, request_timeout: 10, cooldown_time: 30, allowed_fails: 3, "
              "drop_params: true,\n"
              "  fallbacks: [{b: [c]}]}\n",
        {"attempts_per_provider: 6", "max_attempts: 12", "attempt_timeout_s: 10", "circuit_open_time_s: 30"},
        {"litellm_settings.allowed_fails, line 5: Counts failures in a minute",
         "- litellm_settings.drop_params, line 5",
         "model_list, line 2: What is enabled is the chain of fallbacks of \"b\". Outside of it, and so not enabled: "
         "a."});
    row("the router goes before it", "litellm",
        "model_list: []\nlitellm_settings: {num_retries: 5, request_timeout: 10}\nrouter_settings: {num_retries: 1, "
        "timeout: 7}\n",
        {"max_attempts: 2", "attempt_timeout_s: 7"},
        {"litellm_settings.num_retries, line 2: Has no effect beside router_settings.num_retries.",
         "litellm_settings.request_timeout, line 2: Has no effect beside router_settings.timeout."});
    row("other chains", "litellm", abc + "router_settings:\n  fallbacks: [{a: [b, x]}, {c: [a]}, {y: [a]}]\n",
        {"max_attempts: 6"},
        {"- router_settings.fallbacks[0].a: x, line 6", "- router_settings.fallbacks[1].c, line 6",
         "- router_settings.fallbacks[2].y, line 6", "model_list, line 2: What is enabled"});
    row("without fallbacks nothing follows", "litellm", abc, {"max_attempts: 3"},
        {"model_list, line 2: What is enabled is the chain of fallbacks of \"a\". Outside of it, and so not enabled: "
         "b, c."});
    row("balanced", "litellm",
        "model_list:\n- {model_name: a, litellm_params: {model: openai/m}}\n- {model_name: a, litellm_params: {model: "
        "azure/n, "
        "api_base: 'https://x.example.com'}}\n",
        {"max_attempts: 6"},
        {"model_list[1].model_name, line 3: Is \"a\" once more, and LiteLLM balances between them"});
    row("a second document of LiteLLM's", "litellm", "model_list: []\n---\nrouter_settings: {num_retries: 4}\n",
        {"max_attempts: 3"}, {"- document 2, line 3"});

    const auto retryOn = [&row](const char *conditions, const QStringList &values, const QStringList &places = {}) {
        row(conditions, "envoy", "virtual_hosts:\n- retry_policy: {retry_on: \"" + QByteArray(conditions) + "\"}\n",
            values, places);
    };
    retryOn("connect-failure,refused-stream",
            {"network: 2", "network_timeout: 1", "server_error: 1", "temporary_failure: 1", "rate_limit: 1"});
    retryOn("5xx", {"network: 2", "network_timeout: 2", "server_error: 2", "temporary_failure: 2", "rate_limit: 1"},
            {"retry_policy.retry_on, line 2: Stands for 408 as well"});
    retryOn("gateway-error", {"network_timeout: 2", "server_error: 2", "temporary_failure: 2", "rate_limit: 1"},
            {"retry_policy.retry_on, line 2: Stands for 408, 500, 529 as well"});
    retryOn("reset, retriable-4xx,cancelled", {"network: 2", "network_timeout: 2", "server_error: 1", "rate_limit: 1"},
            {"- retry_policy.retry_on: 409, line 2", "- retry_policy.retry_on: cancelled, line 2"});
    row("listed statuses", "envoy",
        "virtual_hosts:\n- retry_policy: {retry_on: retriable-status-codes, retriable_status_codes: [429]}\n",
        {"rate_limit: 2", "server_error: 1", "network: 1"});
    row("statuses without their condition", "envoy",
        "virtual_hosts:\n- retry_policy: {retry_on: reset, retriable_status_codes: [429]}\n", {"rate_limit: 1"},
        {"retry_policy.retriable_status_codes, line 2: Has no effect without retriable-status-codes"});
    row("no condition", "envoy", "virtual_hosts:\n- retry_policy: {num_retries: 2}\n",
        {"rate_limit: 2", "max_attempts: 3"}, {"retry_policy.retry_on, line 2: Is not there"});
    const auto limited = [&row](const char *name, const char *header, const QStringList &values,
                                const QStringList &places = {}) {
        row(name, "envoy",
            "virtual_hosts:\n- retry_policy:\n    retry_on: reset\n    rate_limited_retry_back_off:\n      "
            "reset_headers:\n      - {"
                + QByteArray(header) + "}\n",
            values, places);
    };
    limited("Retry-After", "name: Retry-After, format: SECONDS", {"honour_server_hints: true"});
    limited(
        "another header", "name: X-RateLimit-Reset, format: UNIX_TIMESTAMP", {"honour_server_hints: false"},
        {"- retry_policy.rate_limited_retry_back_off.reset_headers[0]: X-RateLimit-Reset in UNIX_TIMESTAMP, line 6"});
    row("Envoy's own timeout", "envoy", "virtual_hosts:\n- routes:\n  - route: {cluster: a}\n",
        {"deadline_s: 15", "attempt_timeout_s: 15"});
    row("no timeout at all", "envoy", "virtual_hosts:\n- routes:\n  - route: {cluster: a, timeout: 0s}\n",
        {"deadline_s: 86400"}, {"virtual_hosts[0].routes[0].route.timeout, line 3: Is 0s"});
    const QByteArray routes = "virtual_hosts:\n- routes:\n"
                              "  - route: {cluster: b, timeout: 20s, retry_policy: {retry_on: reset, num_retries: 3}}\n"
                              "  - match: {prefix: /c, headers: []}\n"
                              "    route: {cluster: c, timeout: 3s, retry_policy: {retry_on: 5xx, num_retries: 9}}\n";
    row("a second route", "envoy", routes, {"deadline_s: 20", "max_attempts: 4"},
        {"- virtual_hosts[0].routes[1].route.timeout, line 5",
         "- virtual_hosts[0].routes[1].route.retry_policy, line 5",
         "- virtual_hosts[0].routes[1].match.headers, line 4"});
    row("a route's own policy", "envoy",
        "virtual_hosts:\n- retry_policy: {retry_on: reset, num_retries: 8}\n  routes:\n"
        "  - route: {cluster: b, retry_policy: {retry_on: reset, num_retries: 3}}\n- name: other\n",
        {"max_attempts: 4"}, {"- virtual_hosts[0].retry_policy, line 2", "- virtual_hosts[1], line 5"});
    row("other clusters and priorities", "envoy",
        routes
            + "clusters:\n- {name: a, circuit_breakers: {thresholds: [{max_requests: 2}]}, connect_timeout: 1s}\n"
              "- name: b\n  connect_timeout: 1s\n  circuit_breakers:\n    thresholds:\n    - {priority: HIGH, "
              "max_requests: 1000}\n"
              "    - {priority: DEFAULT, max_requests: 100, max_retries: 2}\n",
        {"max_concurrent: 100", "connect_timeout_s: 1"},
        {"- clusters[0].circuit_breakers, line 7", "- clusters[1].circuit_breakers.thresholds[0], line 12",
         "- clusters[1].circuit_breakers.thresholds[1].max_retries, line 13"});
    row("outliers", "envoy",
        routes
            + "clusters:\n- name: b\n  outlier_detection: {consecutive_5xx: 20, max_ejection_percent: 50,\n"
              "    failure_percentage_threshold: 40, consecutive_gateway_failure: 4}\n",
        {"circuit_failure_ratio: " + QString::number(RetryConfig().circuitFailureRatio)},
        {"- clusters[0].outlier_detection.consecutive_5xx: 20, line 8",
         "- clusters[0].outlier_detection.max_ejection_percent: 50, line 8",
         "clusters[0].outlier_detection.failure_percentage_threshold, line 9: Has no effect",
         "- clusters[0].outlier_detection.consecutive_gateway_failure, line 9"});
    row("outliers by share", "envoy",
        routes
            + "clusters:\n- name: b\n  outlier_detection: {failure_percentage_threshold: 40, "
              "enforcing_failure_percentage: 100}\n",
        {"circuit_failure_ratio: 0.4"});

    row("names with dashes", "resilience4j",
        "resilience4j:\n  retry:\n    configs:\n      shared-config: {max-attempts: 7, wait-duration: 2s}\n"
        "    instances:\n      backend-a: {base-config: shared-config}\n",
        {"max_attempts: 7", "base_delay_s: 2"});
    row("one key with dots", "resilience4j", "resilience4j.retry.instances.back-end.max-attempts: 6\n",
        {"max_attempts: 6"});
    row("no such configuration", "resilience4j",
        "resilience4j:\n  retry:\n    instances:\n      a: {baseConfig: shared}\n", {},
        {"resilience4j.retry.baseConfig, line 4: Is \"shared\", and there is no such"});
    row("a later document", "resilience4j",
        "spring: {application: {name: x}}\n---\nresilience4j:\n  retry:\n    instances:\n      a: {maxAttempts: "
        "9}\n---\n"
        "resilience4j.retry:\n  instances:\n    a: {waitDuration: 3s}\n",
        {"max_attempts: 9", "base_delay_s: 3"}, {"- spring, line 1"});
    row("a document of a profile", "resilience4j",
        "resilience4j:\n  retry:\n    instances:\n      a: {maxAttempts: 9}\n---\nspring.config.activate.on-profile: "
        "prod\n"
        "resilience4j:\n  retry:\n    instances:\n      a: {maxAttempts: 2}\n",
        {"max_attempts: 9"}, {"document 2, line 6: Holds under a condition of Spring's alone"});
    row("a profile as it was", "resilience4j",
        "spring: {profiles: prod}\nresilience4j: {retry: {instances: {a: {maxAttempts: 2}}}}\n---\n"
        "resilience4j: {retry: {instances: {a: {maxAttempts: 5}}}}\n",
        {"max_attempts: 5"}, {"document 1, line 1"});
    const auto breaker = [&row](const char *name, const char *settings, const QStringList &values,
                                const QStringList &places = {}) {
        row(name, "resilience4j",
            "resilience4j:\n  circuitbreaker:\n    instances:\n      a: {" + QByteArray(settings) + "}\n", values,
            places);
    };
    breaker("a window in small letters", "sliding-window-type: time_based, sliding-window-size: 45",
            {"circuit_window_s: 45"});
    breaker("ten calls in the half-open state",
            "slidingWindowType: TIME_BASED, permitted-number-of-calls-in-half-open-state: 10",
            {"circuit_window_s: 100"},
            {"- resilience4j.circuitbreaker.permittedNumberOfCallsInHalfOpenState: 10, line 4"});
    breaker("growth", "slidingWindowType: TIME_BASED, exponentialBackoffMultiplier: 3", {},
            {"- resilience4j.circuitbreaker.exponentialBackoffMultiplier: 3, line 4"});

    row("a rule of tenacity's", "tenacity",
        "r = retry(stop=stop_after_attempt(2),\n  retry=retry_if_exception_type((openai.RateLimitError, Timeout)) | "
        "retry_if_result(x))\n",
        {"max_attempts: 2"}, {"- retry: retry_if_exception_type("});
    row("another client", "openai-python", "a = OpenAI(max_retries=4)\nb = OpenAI(max_retries=9)\n",
        {"max_attempts: 5"}, {"- b, line 2"});
    row("comments and a last comma", "polly",
        "{ // as .NET reads it\n \"A\": {\"Retry\": {/* seven \"in\" all */ \"MaxRetryAttempts\": 6, \"BackoffType\": "
        "\"linear\",},},\n"
        " \"Url\": \"http://x/*y*/,\"\n}\n",
        {"max_attempts: 7", "backoff: linear"});
    row("names in small letters", "polly", R"({"a": {"retry": {"maxRetryAttempts": 6, "colour": 1}}})",
        {"max_attempts: 7"}, {"- a.Retry.colour"});
    row("a queue of one's own", "polly",
        R"({"A": {"RateLimiter": {"DefaultRateLimiterOptions": {"QueueLimit": 0}}, "Retry": {}}})", {},
        {"- A.RateLimiter.DefaultRateLimiterOptions.QueueLimit: 0"});
    row("a default of one's own", "litellm", "router_settings: {num_retries: 1, retry_policy: {DefaultRetries: 4}}\n",
        {"max_attempts: 2"}, {"- router_settings.retry_policy.DefaultRetries: 4, line 1"});
    row("some statuses of a reason", "portkey", R"({"retry":{"attempts":1,"on_status_codes":[429,500,502,503,504]}})",
        {"server_error: 2", "rate_limit: 2"}, {"retry.on_status_codes: Stands for 408, 529 as well"});
}

void ImportsTest::takesOrNames()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, text);
    QFETCH(QStringList, values);
    QFETCH(QStringList, places);
    const Imported read = imported(target, text);
    const QStringList all = told(read);
    QVERIFY2(!hasErrors(read.issues), qPrintable(all.join(QLatin1Char('\n'))));
    for (const QString &expected : values) {
        const QString field = expected.section(QStringLiteral(": "), 0, 0);
        QCOMPARE(field + QStringLiteral(": ") + value(read, field), expected);
    }
    for (const QString &place : places)
        QVERIFY2(std::any_of(all.begin(), all.end(), [&](const QString &line) { return line.startsWith(place); }),
                 qPrintable(place + QStringLiteral("\nis not in\n") + all.join(QLatin1Char('\n'))));
}

void ImportsTest::isQuietWhereAllIsTaken_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("statuses") << QByteArray("portkey")
                              << QByteArray(R"({"retry":{"attempts":1,"on_status_codes":[429]}})");
    QTest::newRow("our rule")
        << QByteArray("tenacity")
        << QByteArray("r = retry(stop=stop_after_attempt(2), retry=tenacity.retry_if_exception(is_retryable))\n");
    QTest::newRow("half open")
        << QByteArray("resilience4j")
        << QByteArray("---\nresilience4j:\n  circuitbreaker:\n    instances:\n      a: {slidingWindowType: "
                      "time-based, permittedNumberOfCallsInHalfOpenState: 1}\n---\n# no more\n");
    QTest::newRow("a chain")
        << QByteArray("litellm")
        << QByteArray("model_list:\n- {model_name: a, litellm_params: {model: openai/m}}\n- {model_name: b, "
                      "litellm_params: {model: openai/n}}\nrouter_settings: {fallbacks: [{b: [a]}]}\n");
}

void ImportsTest::isQuietWhereAllIsTaken()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, text);
    QCOMPARE(told(imported(target, text)).join(QLatin1Char('\n')), QString());
}

void ImportsTest::modelsOutsideOfTheChainAreNotAsked()
{
    const Imported read = imported("litellm", "model_list:\n- {model_name: a, litellm_params: {model: openai/m}}\n"
                                              "- {model_name: embed, litellm_params: {model: openai/e}}\n"
                                              "- {model_name: b, litellm_params: {model: openai/n}}\n"
                                              "litellm_settings: {fallbacks: [{a: [b]}, {embed: [a]}]}\n");
    QStringList asked;
    for (const ProviderConfig &p : exportedProviders(read.configuration))
        asked << p.id;
    QCOMPARE(asked, (QStringList{"a", "b"}));
    QCOMPARE(read.configuration.providers.size(), 3);
    QCOMPARE(value(read, QStringLiteral("max_attempts")), QStringLiteral("6"));
}

void ImportsTest::refusesWhatIsOfAnotherTool_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("litellm") << QByteArray("litellm") << QByteArray("hello: 1\n")
                             << "it is no configuration of LiteLLM";
    QTest::newRow("portkey") << QByteArray("portkey") << QByteArray(R"({"hello": 1})")
                             << "it is no config of Portkey's";
    QTest::newRow("a comment without end") << QByteArray("polly") << QByteArray("{ /* \"A\": {} }") << "Not valid JSON";
    QTest::newRow("comments elsewhere") << QByteArray("portkey") << QByteArray("{ // no\n \"retry\": {} }")
                                        << "Not valid JSON";
    QTest::newRow("a document that is a list")
        << QByteArray("resilience4j") << QByteArray("resilience4j: {}\n---\n- a\n") << "must hold a YAML map";
    QTest::newRow("a window of another kind")
        << QByteArray("resilience4j")
        << QByteArray("resilience4j: {circuitbreaker: {instances: {a: {slidingWindowType: moon_based}}}}\n")
        << "Must be COUNT_BASED or TIME_BASED";
}

void ImportsTest::refusesWhatIsOfAnotherTool()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, text);
    QFETCH(QString, sentence);
    const Imported read = imported(target, text);
    QVERIFY(hasErrors(read.issues));
    QVERIFY2(told(read).join(QLatin1Char('\n')).contains(sentence), qPrintable(told(read).join(QLatin1Char('\n'))));
}

void ImportsTest::jitterIsExactOnlyWhereItIsTheSame_data()
{
    QTest::addColumn<QString>("target");
    QTest::addColumn<int>("backoff");
    QTest::addColumn<int>("jitter");
    QTest::addColumn<QString>("kept");
    const auto row = [](const char *target, BackoffKind backoff, JitterKind jitter, const char *kept) {
        QTest::addRow("%s %d %d", target, int(backoff), int(jitter))
            << QString::fromLatin1(target) << int(backoff) << int(jitter) << QString::fromLatin1(kept);
    };
    for (const char *target : {"polly", "polly-csharp"}) {
        row(target, BackoffKind::Exponential, JitterKind::Decorrelated, "approximate");
        row(target, BackoffKind::Constant, JitterKind::Proportional, "approximate");
        row(target, BackoffKind::Constant, JitterKind::None, "exact");
    }
    for (const char *target : {"google-genai-python", "google-genai-js"}) {
        row(target, BackoffKind::Exponential, JitterKind::Proportional, "approximate");
        row(target, BackoffKind::Exponential, JitterKind::None, "exact");
    }
    for (const char *target : {"mistral-python", "mistral-js"})
        row(target, BackoffKind::Exponential, JitterKind::Proportional, "approximate");
    row("openai-python", BackoffKind::Exponential, JitterKind::Proportional, "exact");
}

void ImportsTest::jitterIsExactOnlyWhereItIsTheSame()
{
    QFETCH(QString, target);
    QFETCH(int, backoff);
    QFETCH(int, jitter);
    Configuration c = interchangeBase();
    c.retry.backoff = BackoffKind(backoff);
    c.retry.jitter = JitterKind(jitter);
    const QVector<LossLine> lines = exportTo(*interchangeTarget(target), c, QStringLiteral("x")).report.lines;
    const auto line = std::find_if(lines.begin(), lines.end(),
                                   [](const LossLine &l) { return l.field == QLatin1String("retry.jitter"); });
    QVERIFY(line != lines.end());
    QTEST(toKey(line->kept), "kept");
    QCOMPARE(line->note.isEmpty(), line->kept == Kept::Exact);
}

/// Which it does for a reset, not for one before the request.
void ImportsTest::attemptsThatTookTooLongAreRepeatedByEnvoy()
{
    Configuration c = interchangeBase();
    auto &own = c.retry.overrides[std::size_t(RetryReason::NetworkTimeout)].maxAttempts;
    const auto text = [&] { return exportTo(*interchangeTarget(u"envoy"), c, QStringLiteral("x")).text; };
    const auto back = [&] { return value(imported("envoy", text()), QStringLiteral("network_timeout")).toInt(); };
    QVERIFY(text().contains("reset-before-request,")); // here the next provider is asked
    QCOMPARE(back(), 1);
    own = c.retry.maxAttempts;
    QVERIFY(text().contains("\"connect-failure,refused-stream,reset,retriable-status-codes\""));
    QCOMPARE(back(), c.retry.maxAttempts);
    c.retry.unconfirmedDelivery = UnconfirmedDelivery::Stop; // what may have been seen is not sent again
    QVERIFY(text().contains("reset-before-request,"));
    QCOMPARE(back(), 1);
}

SUITE_TEST(ImportsTest)
#include "tst_imports.moc"
