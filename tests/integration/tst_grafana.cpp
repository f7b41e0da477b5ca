// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/gatewayrig.h"
#include "support/suite.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>

using namespace retryscope;

/// The dashboard file asks for nothing that /metrics does not serve.
class GrafanaTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void theFileIsWellFormed();
    void everyQueryIsOfWhatIsServed();
    void everyLegendIsOfALabelOfItsQuery();
    void everyFamilyIsShown();

private:
    QJsonArray panels() const { return m_dashboard[QLatin1String("panels")].toArray(); }
    QStringList queries() const;
    static QSet<QString> namesIn(const QString &query);

    QJsonObject m_dashboard;
    QMap<QString, QSet<QString>> m_served; ///< the labels of each series
};

/// A gateway that has seen everything: answers, retries, a failover, a circuit, costs.
void GrafanaTest::initTestCase()
{
    QFile file(QStringLiteral(SOURCE_ROOT "/resources/grafana/retryscope.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QJsonParseError error;
    m_dashboard = QJsonDocument::fromJson(file.readAll(), &error).object();
    QVERIFY2(error.error == QJsonParseError::NoError, qPrintable(error.errorString()));

    RawServer bad, good;
    bad.answer = [](QTcpSocket *socket, int) { RawServer::reply(socket, "{\"error\":{\"message\":\"busy\"}}", "503 Service Unavailable"); };
    good.answer = [&good](QTcpSocket *socket, int) {
        if (!good.lastBody.contains("\"stream\":true"))
            return RawServer::reply(socket, R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],)"
                                            R"("usage":{"prompt_tokens":3,"completion_tokens":1}})");
        socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        socket->disconnectFromHost();
    };
    GatewayRig rig;
    rig.configuration.retry.maxAttempts = 3;
    rig.add(QStringLiteral("bad"), bad);
    ProviderConfig &priced = rig.add(QStringLiteral("good"), good);
    priced.model = QStringLiteral("good-sim"); // the simulation's prices fit any of that ending
    priced.simulated = true;
    rig.engine.setPrices(PriceList::builtIn());
    rig.start();
    const QByteArray question = R"({"model":"good-sim","messages":[{"role":"user","content":"x"}]})", route = "x-retryscope-route: bad,good\r\n";
    for (int i = 0; i < 4; ++i)
        QCOMPARE(rig.ask(GatewayRig::post("/v1/chat/completions", question, i ? route : route + "x-stainless-retry-count: 1\r\n")).status, 200);
    rig.ask(GatewayRig::post("/v1/chat/completions", R"({"stream":true,)" + question.mid(1), route));
    rig.engine.isolate(QStringLiteral("bad"));
    const QByteArray text = rig.ask(GatewayRig::get("/metrics")).body;
    static const QRegularExpression sample(QStringLiteral("^([a-z_]+)(?:\\{(.*)\\})? \\S+$"), QRegularExpression::MultilineOption),
        label(QStringLiteral("([a-z_]+)=\""));
    for (auto it = sample.globalMatch(QString::fromUtf8(text)); it.hasNext();) {
        const auto match = it.next();
        QSet<QString> &labels = m_served[match.captured(1)];
        labels.insert(QStringLiteral("instance")); // which Prometheus adds
        for (auto l = label.globalMatch(match.captured(2)); l.hasNext();)
            labels.insert(l.next().captured(1));
    }
    QVERIFY2(m_served.size() > 20, text.constData());
}

QStringList GrafanaTest::queries() const
{
    QStringList all;
    for (const QJsonValue &panel : panels()) {
        for (const QJsonValue &target : panel[QLatin1String("targets")].toArray())
            all << target[QLatin1String("expr")].toString();
    }
    for (const QJsonValue &variable : m_dashboard[QLatin1String("templating")][QLatin1String("list")].toArray()) {
        if (variable[QLatin1String("type")].toString() == QLatin1String("query"))
            all << variable[QLatin1String("query")][QLatin1String("query")].toString();
    }
    for (const QJsonValue &annotation : m_dashboard[QLatin1String("annotations")][QLatin1String("list")].toArray())
        all << annotation[QLatin1String("expr")].toString();
    return all;
}

QSet<QString> GrafanaTest::namesIn(const QString &query)
{
    static const QRegularExpression name(QStringLiteral("\\b(?:retryscope|gen_ai)_[a-z_]+"));
    QSet<QString> names;
    for (auto it = name.globalMatch(query); it.hasNext();)
        names.insert(it.next().captured());
    return names;
}

void GrafanaTest::theFileIsWellFormed()
{
    QVERIFY(!m_dashboard[QLatin1String("uid")].toString().isEmpty() && !m_dashboard[QLatin1String("title")].toString().isEmpty());
    QVERIFY(m_dashboard[QLatin1String("schemaVersion")].toInt() >= 36);
    QSet<int> ids;
    QSet<QString> titles;
    for (const QJsonValue &panel : panels()) {
        const int id = panel[QLatin1String("id")].toInt();
        QVERIFY(id > 0 && !ids.contains(id));
        ids.insert(id);
        const QString title = panel[QLatin1String("title")].toString();
        QVERIFY2(!title.isEmpty() && !titles.contains(title), qPrintable(title));
        titles.insert(title);
        const QJsonValue place = panel[QLatin1String("gridPos")];
        QVERIFY(place[QLatin1String("x")].toInt(-1) >= 0 && place[QLatin1String("x")].toInt() + place[QLatin1String("w")].toInt() <= 24);
        QVERIFY(panel[QLatin1String("type")].toString() == QLatin1String("row") || !panel[QLatin1String("targets")].toArray().isEmpty());
    }
    QVERIFY(ids.size() > 15);
}

void GrafanaTest::everyQueryIsOfWhatIsServed()
{
    static const QRegularExpression selector(QStringLiteral("((?:retryscope|gen_ai)_[a-z_]+)\\{([^}]*)\\}")),
        label(QStringLiteral("([a-z_]+)\\s*(?:=~|!~|!=|=)\"")), by(QStringLiteral("\\bby \\(([a-z_, ]+)\\)")),
        values(QStringLiteral("^label_values\\(([a-z_]+), ([a-z_]+)\\)$"));
    for (const QString &query : queries()) {
        const QSet<QString> names = namesIn(query);
        QVERIFY2(!names.isEmpty(), qPrintable(query));
        for (const QString &name : names)
            QVERIFY2(m_served.contains(name), qPrintable(name + QStringLiteral(" in ") + query));
        for (auto it = selector.globalMatch(query); it.hasNext();) {
            const auto match = it.next();
            for (auto l = label.globalMatch(match.captured(2)); l.hasNext();) {
                const QString used = l.next().captured(1);
                QVERIFY2(m_served[match.captured(1)].contains(used), qPrintable(used + QStringLiteral(" in ") + query));
            }
        }
        for (auto it = by.globalMatch(query); it.hasNext();) {
            for (const QString &used : it.next().captured(1).split(QStringLiteral(", "))) {
                for (const QString &name : names)
                    QVERIFY2(m_served[name].contains(used), qPrintable(used + QStringLiteral(" in ") + query));
            }
        }
        if (const auto match = values.match(query); match.hasMatch())
            QVERIFY2(m_served[match.captured(1)].contains(match.captured(2)), qPrintable(query));
    }
}

void GrafanaTest::everyLegendIsOfALabelOfItsQuery()
{
    static const QRegularExpression used(QStringLiteral("\\{\\{([a-z_]+)\\}\\}"));
    for (const QJsonValue &panel : panels()) {
        for (const QJsonValue &target : panel[QLatin1String("targets")].toArray()) {
            const QString query = target[QLatin1String("expr")].toString();
            const QRegularExpression by(QStringLiteral("\\bby \\(([a-z_, ]+)\\)"));
            const QStringList kept = by.match(query).captured(1).split(QStringLiteral(", "));
            for (auto it = used.globalMatch(target[QLatin1String("legendFormat")].toString()); it.hasNext();) {
                const QString label = it.next().captured(1);
                QVERIFY2(kept.contains(label), qPrintable(label + QStringLiteral(" of ") + query));
            }
        }
    }
}

/// What is served and not shown is forgotten, or left out on purpose.
void GrafanaTest::everyFamilyIsShown()
{
    static const QRegularExpression part(QStringLiteral("_(bucket|sum|count)$"));
    QSet<QString> shown;
    for (const QString &query : queries()) {
        for (QString name : namesIn(query))
            shown.insert(name.remove(part));
    }
    const QSet<QString> leftOut{QStringLiteral("gen_ai_client_token_usage")}; // the counter of tokens says it
    for (const QString &name : m_served.keys()) {
        const QString family = QString(name).remove(part);
        QVERIFY2(shown.contains(family) || leftOut.contains(family), qPrintable(family));
    }
}

SUITE_TEST(GrafanaTest)
#include "tst_grafana.moc"
