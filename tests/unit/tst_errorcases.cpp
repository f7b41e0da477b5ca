// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "policy/callmachine.h"
#include "protocols/answerreader.h"
#include "support/suite.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

/// Answers that providers are known to send, each with what a caller should do about it: a labelled set that stands beside
/// the source, not in it. RETRYSCOPE_TEST_DATA names its folder; without it the test is skipped.
class ErrorCasesTest : public QObject
{
    Q_OBJECT
private slots:
    void everyAnswerMeansWhatItsLabelSays_data();
    void everyAnswerMeansWhatItsLabelSays();
    void everySetOfLimitsIsRead_data();
    void everySetOfLimitsIsRead();

private:
    static QVector<QJsonObject> load(const QString &name);
    static QString wordOf(RetryReason reason);
};

/// The labels' words for our reasons.
QString ErrorCasesTest::wordOf(RetryReason reason)
{
    static const QHash<QString, QString> words{{"none", "ok"},
                                               {"rate_limit", "rate_limit"},
                                               {"network_timeout", "timeout"},
                                               {"server_error", "server"},
                                               {"authentication", "auth"},
                                               {"temporary_failure", "overloaded"},
                                               {"unknown", "unknown"},
                                               {"quota_exhausted", "quota"},
                                               {"stream_interrupted", "interrupted"},
                                               {"malformed_response", "malformed"},
                                               {"permission", "permission"},
                                               {"model_unavailable", "model"},
                                               {"invalid_request", "invalid"},
                                               {"context_length", "context"},
                                               {"content_filter", "content"}};
    return words.value(toKey(reason), toKey(reason));
}

QVector<QJsonObject> ErrorCasesTest::load(const QString &name)
{
    QStringList folders{qEnvironmentVariable("RETRYSCOPE_TEST_DATA")};
    for (QDir dir(QStringLiteral(SOURCE_ROOT)); folders.size() < 5 && dir.cdUp();)
        folders << dir.filePath(QStringLiteral("shared/data"));
    QVector<QJsonObject> rows;
    for (const QString &folder : std::as_const(folders)) {
        QFile file(folder + QLatin1Char('/') + name);
        if (folder.isEmpty() || !file.open(QIODevice::ReadOnly))
            continue;
        while (!file.atEnd()) {
            if (const QJsonObject row = QJsonDocument::fromJson(file.readLine()).object(); !row.isEmpty())
                rows << row;
        }
        return rows;
    }
    return rows;
}

namespace {

ProviderConfig providerOf(const QJsonObject &row)
{
    static const QHash<QString, ProtocolKind> kinds{{"openai", ProtocolKind::OpenAi},
                                                    {"anthropic", ProtocolKind::Anthropic},
                                                    {"gemini", ProtocolKind::GoogleAi},
                                                    {"mistral", ProtocolKind::Mistral},
                                                    {"openai-compatible", ProtocolKind::OpenAiCompatible}};
    ProviderConfig provider;
    provider.protocol = kinds.value(row["dialect"].toString(), ProtocolKind::OpenAiCompatible);
    provider.baseUrl = QUrl(QStringLiteral("https://%1/v1").arg(row["host"].toString()));
    return provider;
}

HttpHeaders headersOf(const QJsonObject &row)
{
    HttpHeaders headers;
    const QJsonObject object = row["headers"].toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
        headers.append({it.key().toLatin1(), it.value().toString().toLatin1()});
    return headers;
}

/// What the engine makes of the answer; reason None: a success.
Classification read(const QJsonObject &row, bool *shown)
{
    const ProviderConfig provider = providerOf(row);
    const int status = row["status"].toInt();
    const QByteArray body = row["body"].toString().toUtf8();
    FailureFacts facts{.status = status};
    if (status >= 300) {
        readErrorBody(body, &facts);
    } else {
        AnswerReader reader(Protocol::of(provider.protocol));
        QString text = reader.feed(body);
        text += reader.end(AnswerEnd::Closed);
        *shown = row["stream"].toBool() && !text.isEmpty();
        const auto fault = reader.fault();
        if (!fault)
            return {};
        facts = *fault;
    }
    facts.vendor = vendorOf(provider);
    readErrorHeaders(headersOf(row), std::chrono::sys_days(std::chrono::year(2026) / 11 / 25) + 12h, &facts);
    return classify(facts);
}

} // namespace

void ErrorCasesTest::everyAnswerMeansWhatItsLabelSays_data()
{
    QTest::addColumn<QJsonObject>("row");
    const QVector<QJsonObject> rows = load(QStringLiteral("error-cases.jsonl"));
    if (rows.isEmpty())
        QSKIP("The labelled answers are not here. RETRYSCOPE_TEST_DATA names their folder.");
    for (const QJsonObject &row : rows)
        QTest::newRow(qPrintable(row["id"].toString())) << row;
}

void ErrorCasesTest::everyAnswerMeansWhatItsLabelSays()
{
    QFETCH(QJsonObject, row);
    bool shown = false;
    const Classification c = read(row, &shown);
    const QJsonObject expect = row["expect"].toObject();
    QStringList wrong;
    const auto judge = [&](const char *what, bool right, const QString &is) {
        if (!right)
            wrong << QStringLiteral("%1 is %2, not %3")
                         .arg(QLatin1String(what), is,
                              QString::fromUtf8(QJsonDocument(QJsonArray{expect[QLatin1String(what)]})
                                                    .toJson(QJsonDocument::Compact)));
    };
    judge("class", expect["class"].toArray().contains(wordOf(c.reason)), wordOf(c.reason));
    static const char *const scopes[] = {"request", "model", "provider", "account"};
    if (expect["scope"].isArray())
        judge("scope", expect["scope"].toArray().contains(QLatin1String(scopes[int(c.scope)])),
              QLatin1String(scopes[int(c.scope)]));
    if (expect["retry_here"].isBool())
        judge("retry_here", expect["retry_here"].toBool() == (c.retryHere && !shown),
              QVariant(c.retryHere && !shown).toString());
    if (expect["failover"].isBool())
        judge("failover", expect["failover"].toBool() == (c.failoverHelps && !shown),
              QVariant(c.failoverHelps && !shown).toString());
    const double hint = c.hint ? toSeconds(*c.hint) : -1.0, block = c.blockFor ? toSeconds(*c.blockFor) : -1.0;
    if (expect["hint_s"].isDouble())
        judge("hint_s", qAbs(hint - expect["hint_s"].toDouble()) < 0.01, QString::number(hint));
    if (expect["hint_s"] == QLatin1String("none"))
        judge("hint_s", !c.hint, QString::number(hint));
    if (const QJsonArray range = expect["block_s"].toArray(); !range.isEmpty())
        judge("block_s", block >= range[0].toDouble() && block <= range[1].toDouble(), QString::number(block));
    QVERIFY2(wrong.isEmpty(),
             qPrintable(wrong.join(QStringLiteral("; ")) + QStringLiteral(" (rule %1)").arg(toText(c.rule))));
}

void ErrorCasesTest::everySetOfLimitsIsRead_data()
{
    QTest::addColumn<QJsonObject>("row");
    const QVector<QJsonObject> rows = load(QStringLiteral("limit-headers.jsonl"));
    if (rows.isEmpty())
        QSKIP("The labelled limits are not here. RETRYSCOPE_TEST_DATA names their folder.");
    for (const QJsonObject &row : rows)
        QTest::newRow(qPrintable(row["id"].toString())) << row;
}

void ErrorCasesTest::everySetOfLimitsIsRead()
{
    QFETCH(QJsonObject, row);
    static const char *const kinds[] = {"requests", "tokens", "input_tokens", "output_tokens"};
    const auto describe = [](const QString &kind, QJsonValue limit, QJsonValue remaining, QJsonValue reset) {
        return QStringLiteral("%1 %2/%3 in %4")
            .arg(kind, remaining.toVariant().toString(), limit.toVariant().toString(),
                 reset.isDouble() ? QString::number(reset.toDouble(), 'g', 9) : QString());
    };
    QStringList expected, actual;
    for (const QJsonValue &v : row["limits"].toArray())
        expected << describe(v["kind"].toString(), v["limit"], v["remaining"], v["reset_s"]);
    const auto number = [](const auto &n) { return n ? QJsonValue(double(*n)) : QJsonValue(); };
    for (const LimitWindow &w : readLimits(providerOf(row).protocol, headersOf(row),
                                           std::chrono::sys_days(std::chrono::year(2026) / 11 / 25) + 12h)) {
        if (w.limit || w.remaining)
            actual << describe(QLatin1String(kinds[int(w.kind)]), number(w.limit), number(w.remaining),
                               w.resetIn ? QJsonValue(toSeconds(*w.resetIn)) : QJsonValue());
    }
    expected.sort();
    actual.sort();
    QCOMPARE(actual, expected);
}

SUITE_TEST(ErrorCasesTest)
#include "tst_errorcases.moc"
