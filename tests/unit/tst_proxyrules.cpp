// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "transport/proxyrules.h"

#include <QTest>

using namespace retryscope;

/// What the proxy variables mean for a host.
class ProxyRulesTest : public QObject
{
    Q_OBJECT
private slots:
    void routes_data();
    void routes();
    void userAndPasswordAreReadAndNotNamed();
};

void ProxyRulesTest::routes_data()
{
    QTest::addColumn<QString>("variables"); // NAME=VALUE;...
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("route");     // kind, name and variable; "direct"
    const auto row = [](const char *name, const char *variables, const char *url, const char *route) {
        QTest::newRow(name) << QString::fromLatin1(variables) << QString::fromLatin1(url) << QString::fromLatin1(route);
    };
    row("nothing set", "", "https://a.test/v1", "direct");
    row("http by http_proxy", "http_proxy=http://p:1", "http://a.test", "http p:1 http_proxy");
    row("https not by http_proxy", "http_proxy=http://p:1", "https://a.test", "direct");
    row("https by https_proxy", "https_proxy=http://p:1", "https://a.test", "http p:1 https_proxy");
    row("capitals", "HTTPS_PROXY=http://p:1", "https://a.test", "http p:1 HTTPS_PROXY");
    row("capitals for http, too", "HTTP_PROXY=http://p:1", "http://a.test", "http p:1 HTTP_PROXY");
    row("small letters win", "HTTPS_PROXY=http://p:1;https_proxy=http://q:2", "https://a.test", "http q:2 https_proxy");
    row("all_proxy for what has none", "all_proxy=http://p:1", "https://a.test", "http p:1 all_proxy");
    row("its own before all_proxy", "ALL_PROXY=http://p:1;http_proxy=http://q:2", "http://a.test",
        "http q:2 http_proxy");
    row("an empty one means none", "all_proxy=http://p:1;https_proxy=", "https://a.test", "direct");
    row("without a scheme", "http_proxy=p:3128", "http://a.test", "http p:3128 http_proxy");
    row("without a port", "http_proxy=http://p", "http://a.test", "http p:80 http_proxy");
    row("socks", "all_proxy=socks5h://p", "https://a.test", "socks5 p:1080 all_proxy");
    row("a scheme that is not spoken", "https_proxy=https://p:1", "https://a.test", "unusable p:1 https_proxy");
    row("IPv6", "http_proxy=http://[2001:db8::1]:3128", "http://a.test", "http [2001:db8::1]:3128 http_proxy");
    row("no_proxy: the host", "http_proxy=p:1;no_proxy=corp.test", "http://corp.test", "direct");
    row("no_proxy: what is below it", "http_proxy=p:1;no_proxy=corp.test", "http://llm.corp.test:8080", "direct");
    row("no_proxy: not what only ends so", "http_proxy=p:1;no_proxy=corp.test", "http://mycorp.test",
        "http p:1 http_proxy");
    row("no_proxy: with a dot before", "http_proxy=p:1;no_proxy=.corp.test", "http://llm.corp.test", "direct");
    row("no_proxy: with a dot before, the host itself", "http_proxy=p:1;no_proxy=.corp.test", "http://corp.test",
        "direct");
    row("no_proxy: capitals", "http_proxy=p:1;NO_PROXY=Corp.Test", "http://LLM.corp.test", "direct");
    row("no_proxy: everything", "http_proxy=p:1;no_proxy=*", "http://a.test", "direct");
    row("no_proxy: a star before", "http_proxy=p:1;no_proxy=*.corp.test", "http://llm.corp.test", "direct");
    row("no_proxy: a star behind", "http_proxy=p:1;no_proxy=10.*", "http://10.1.2.3", "direct");
    row("no_proxy: a star that does not fit", "http_proxy=p:1;no_proxy=10.*", "http://110.1.2.3",
        "http p:1 http_proxy");
    row("no_proxy: a block", "http_proxy=p:1;no_proxy=10.0.0.0/8", "http://10.1.2.3", "direct");
    row("no_proxy: outside the block", "http_proxy=p:1;no_proxy=10.0.0.0/8", "http://11.1.2.3", "http p:1 http_proxy");
    row("no_proxy: a block of IPv6", "http_proxy=p:1;no_proxy=2001:db8::/32", "http://[2001:db8::7]/", "direct");
    row("no_proxy: an address", "http_proxy=p:1;no_proxy=192.0.2.1", "http://192.0.2.1:8080", "direct");
    row("no_proxy: the port", "http_proxy=p:1;no_proxy=corp.test:8080", "http://corp.test:8080", "direct");
    row("no_proxy: another port", "http_proxy=p:1;no_proxy=corp.test:8080", "http://corp.test", "http p:1 http_proxy");
    row("no_proxy: the scheme's own port", "https_proxy=p:1;no_proxy=corp.test:443", "https://corp.test", "direct");
    row("no_proxy: several", "http_proxy=p:1;no_proxy=a.test, b.test  c.test", "http://c.test", "direct");
    row("no_proxy: empty", "http_proxy=p:1;no_proxy=", "http://a.test", "http p:1 http_proxy");
    row("loopback is direct", "http_proxy=p:1", "http://localhost:11434", "direct");
    row("loopback by number is direct", "http_proxy=p:1", "http://127.0.0.1:11434", "direct");
    row("loopback when asked for", "http_proxy=p:1;no_proxy=<-loopback>", "http://127.0.0.1:11434",
        "http p:1 http_proxy");
}

void ProxyRulesTest::routes()
{
    QFETCH(QString, variables);
    QFETCH(QString, url);
    QFETCH(QString, route);
    QHash<QString, QString> set;
    for (const QString &one : variables.split(QLatin1Char(';'), Qt::SkipEmptyParts))
        set[one.section(QLatin1Char('='), 0, 0)] = one.section(QLatin1Char('='), 1).append(QLatin1String(""));
    const ProxyRules rules = ProxyRules::from(
        [&](const QString &name) { return set.contains(name) ? QStringLiteral("%1").arg(set[name]) : QString(); });
    const ProxyRoute found = rules.routeFor(QUrl(url));
    static const char *const kinds[] = {"direct", "http", "socks5", "unusable"};
    const QString said =
        found.kind == ProxyRoute::Kind::Direct
            ? QStringLiteral("direct")
            : QStringLiteral("%1 %2 %3").arg(QLatin1String(kinds[int(found.kind)]), found.name(), found.from);
    QCOMPARE(said, route);
}

void ProxyRulesTest::userAndPasswordAreReadAndNotNamed()
{
    const ProxyRules rules = ProxyRules::from([](const QString &name) {
        return name == QLatin1String("http_proxy") ? QStringLiteral("http://user:se%40cret@p:1") : QString();
    });
    const ProxyRoute route = rules.routeFor(QUrl(QStringLiteral("http://a.test")));
    QCOMPARE(route.user, QStringLiteral("user"));
    QCOMPARE(route.password, QStringLiteral("se@cret"));
    QCOMPARE(route.name(), QStringLiteral("p:1"));
}

SUITE_TEST(ProxyRulesTest)
#include "tst_proxyrules.moc"
