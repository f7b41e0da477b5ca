// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/masker.h"
#include "support/suite.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <random>

using namespace retryscope;

namespace {

const QByteArray key = "sk-Proj/a+b_9876=xyz";

QByteArray percent(const QByteArray &text, bool all, bool lower = false)
{
    QByteArray out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const QByteArray hex = QByteArray(1, c).toHex();
        out += all || !plain ? '%' + (lower ? hex : hex.toUpper()) : QByteArray(1, c);
    }
    return out;
}

QByteArray unicode(const QByteArray &text)
{
    QByteArray out;
    for (const char c : text)
        out += "\\u00" + QByteArray(1, c).toHex();
    return out;
}

} // namespace

class MaskerTest : public QObject
{
    Q_OBJECT
private slots:
    void theKeyGoesInEveryForm_data();
    void theKeyGoesInEveryForm();
    void base64AtAnyOffsetLeavesNoBitOfTheKey();
    void ofACutKeyLittleIsLeft_data();
    void ofACutKeyLittleIsLeft();
    void aShortKeyIsOnlyAWholeWord_data();
    void aShortKeyIsOnlyAWholeWord();
    void jsonStaysJson();
    void headersByNameAndValue();
    void withoutAKeyNothingChanges();
    void quotesOfThePromptAndTheAnswerGo_data();
    void quotesOfThePromptAndTheAnswerGo();
    void aLongPromptIsLookedThroughQuickly();
};

void MaskerTest::theKeyGoesInEveryForm_data()
{
    QTest::addColumn<QByteArray>("form");
    QTest::newRow("as it is") << key;
    QTest::newRow("lower case") << key.toLower();
    QTest::newRow("upper case") << key.toUpper();
    QTest::newRow("percent, what must be") << percent(key, false);
    QTest::newRow("percent, all") << percent(key, true);
    QTest::newRow("percent, all, lower digits") << percent(key, true, true);
    QTest::newRow("percent, twice") << percent(percent(key, false), false);
    QTest::newRow("JSON, escaped slash") << QByteArray(key).replace("/", "\\/");
    QTest::newRow("JSON, all as \\u") << unicode(key);
    QTest::newRow("JSON within JSON") << unicode(key).replace("\\", "\\\\");
    QTest::newRow("HTML") << QByteArray(key).replace("+", "&#43;").replace("=", "&#x3D;");
    QTest::newRow("hexadecimal") << key.toHex();
    QTest::newRow("base64") << key.toBase64();
    QTest::newRow("base64url without end")
        << key.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    QTest::newRow("base64, percent") << percent(key.toBase64(QByteArray::OmitTrailingEquals), false);
}

void MaskerTest::theKeyGoesInEveryForm()
{
    QFETCH(QByteArray, form);
    const Masker mask(key);
    QCOMPARE(
        mask.text(QStringLiteral("Wrong key \"%1\" here.").arg(QString::fromLatin1(form))).remove(QLatin1Char('=')),
        QStringLiteral("Wrong key \"[key]\" here."));
    QCOMPARE(mask.text(QString::fromLatin1(form)).remove(QLatin1Char('=')), QStringLiteral("[key]"));
    QCOMPARE(mask.body("Wrong key " + form + " and " + form + '.').replace("=", ""),
             QByteArray("Wrong key [key] and [key]."));
}

void MaskerTest::base64AtAnyOffsetLeavesNoBitOfTheKey()
{
    const Masker mask(key);
    for (int before = 0; before < 7; ++before) {
        for (int behind = 0; behind < 7; ++behind) {
            const QByteArray around = QByteArray(before, 'a') + key + QByteArray(behind, 'z');
            for (const auto options : {QByteArray::Base64Encoding, QByteArray::Base64UrlEncoding}) {
                const QString masked = mask.text(QString::fromLatin1(
                    "Basic " + around.toBase64(options | QByteArray::OmitTrailingEquals) + " was refused"));
                QVERIFY2(masked.contains(QLatin1String("[key]")), qPrintable(masked));
                // what is left encodes only what stood before and behind
                const qsizetype left = masked.indexOf(QLatin1String("[key]")) - 6,
                                right = masked.indexOf(QLatin1Char(' '), 6) - masked.indexOf(QLatin1Char(']')) - 1;
                QVERIFY2(left * 6 <= before * 8, qPrintable(masked));
                QVERIFY2(right <= behind * 8 / 6 + 2, qPrintable(masked));
            }
        }
    }
}

void MaskerTest::ofACutKeyLittleIsLeft_data()
{
    QTest::addColumn<qsizetype>("shown");
    for (qsizetype shown = 0; shown <= key.size(); ++shown)
        QTest::addRow("%d characters before the cut", int(shown)) << shown;
}

void MaskerTest::ofACutKeyLittleIsLeft()
{
    QFETCH(qsizetype, shown);
    const QString cut = QString(400, QLatin1Char('x')) + QLatin1Char(' ') + QString::fromLatin1(key.left(shown));
    const QString masked = Masker(key).text(cut);
    QVERIFY2(masked.size() - 401 <= (shown < 4 ? shown : 5), qPrintable(masked));
    QVERIFY2(shown < 4 || masked.endsWith(QLatin1String("[key]")), qPrintable(masked));
}

void MaskerTest::aShortKeyIsOnlyAWholeWord_data()
{
    QTest::addColumn<QByteArray>("shortKey");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("masked");
    QTest::newRow("one letter within words") << QByteArray("k") << QStringLiteral("Check the key; k is no key.")
                                             << QStringLiteral("Check the key; [key] is no key.");
    QTest::newRow("in quotes") << QByteArray("abc") << QStringLiteral("Wrong key 'abc', not abcd.")
                               << QStringLiteral("Wrong key '[key]', not abcd.");
    QTest::newRow("in an address") << QByteArray("12345") << QStringLiteral("GET /v1?key=12345&n=123456")
                                   << QStringLiteral("GET /v1?key=[key]&n=123456");
    QTest::newRow("six characters within a word")
        << QByteArray("abcdef") << QStringLiteral("xabcdefx") << QStringLiteral("x[key]x");
}

void MaskerTest::aShortKeyIsOnlyAWholeWord()
{
    QFETCH(QByteArray, shortKey);
    QFETCH(QString, text);
    QFETCH(QString, masked);
    QCOMPARE(Masker(shortKey).text(text), masked);
}

void MaskerTest::jsonStaysJson()
{
    const QByteArray body =
        R"({"error":{"message":"Wrong \"sk-proj\u002fa+b_9876=xyz\"","code":401,"tags":["x","SK-PROJ/A+B_9876=XYZ"]},"a":null})";
    const QJsonObject masked = QJsonDocument::fromJson(Masker(key).body(body)).object();
    QCOMPARE(masked["error"]["message"].toString(), QStringLiteral("Wrong \"[key]\""));
    QCOMPARE(masked["error"]["tags"][1].toString(), QStringLiteral("[key]"));
    QCOMPARE(masked["error"]["code"].toInt(), 401);
    // a key that is a word of the format itself
    const QByteArray word = R"({"error":{"message":"error is no key"}})";
    const QJsonObject maskedWord = QJsonDocument::fromJson(Masker("error").body(word)).object();
    QCOMPARE(maskedWord["error"]["message"].toString(), QStringLiteral("[key] is no key"));
    const QByteArray clean = R"({"b": 1,  "a": 2})";
    QCOMPARE(Masker(key).body(clean), clean);
}

void MaskerTest::headersByNameAndValue()
{
    const HttpHeaders headers{{"Date", "now"},
                              {"X-Request-Id", "id-" + key + "-1"},
                              {"X-RateLimit-" + key.toLower(), "1"},
                              {"Server", percent(key, true)}};
    const HttpHeaders masked = Masker(key).headers(headers);
    QCOMPARE(masked, (HttpHeaders{
                 {"Date", "now"}, {"X-Request-Id", "id-[key]-1"}, {"X-RateLimit-[key]", "1"}, {"Server", "[key]"}}));
}

void MaskerTest::withoutAKeyNothingChanges()
{
    const HttpHeaders headers{{"Date", "now"}};
    QCOMPARE(Masker().text(QStringLiteral("a %41 \\u0041")), QStringLiteral("a %41 \\u0041"));
    QCOMPARE(Masker().body("a\\"), QByteArray("a\\"));
    QCOMPARE(Masker().headers(headers), headers);
    QCOMPARE(Masker(key).text(QString()), QString());
    for (const char *text : {"%", "%2", "%2", "\\", "\\\\", "\\u", "\\u00", "&", "&;", "&#;", "&#x;", "&#99999999;"})
        QCOMPARE(Masker(key).text(QLatin1String(text)), QLatin1String(text));
}

void MaskerTest::quotesOfThePromptAndTheAnswerGo_data()
{
    QTest::addColumn<QString>("prompt");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("masked");
    const QString secret = QStringLiteral("The merger with Contoso\n closes on Friday, tell nobody.");
    QTest::newRow("whole") << secret
                           << QStringLiteral("Flagged: \"The merger with Contoso\n closes on Friday, tell nobody.\"")
                           << QStringLiteral("Flagged: \"[prompt]\"");
    QTest::newRow("white space set otherwise")
        << secret << QStringLiteral("Flagged: The merger with Contoso closes on Friday, tell nobody.")
        << QStringLiteral("Flagged: [prompt]");
    QTest::newRow("a part") << secret << QStringLiteral("Near 'with Contoso closes on F' it is bad")
                            << QStringLiteral("Near '[prompt]' it is bad");
    QTest::newRow("two parts") << secret << QStringLiteral("The merger with Contoso … on Friday, tell nobody.")
                               << QStringLiteral("[prompt]…[prompt]");
    QTest::newRow("few words alike") << secret << QStringLiteral("The merger was X")
                                     << QStringLiteral("The merger was X");
    QTest::newRow("a short prompt, whole")
        << QStringLiteral("hunter2") << QStringLiteral("Bad text: hunter2.") << QStringLiteral("Bad text: [prompt].");
    QTest::newRow("a short prompt within a word")
        << QStringLiteral("hunter2") << QStringLiteral("Bad text: hunter22") << QStringLiteral("Bad text: hunter22");
    QTest::newRow("no prompt") << QString() << QStringLiteral("Bad  text") << QStringLiteral("Bad  text");
}

void MaskerTest::quotesOfThePromptAndTheAnswerGo()
{
    QFETCH(QString, prompt);
    QFETCH(QString, text);
    QFETCH(QString, masked);
    QCOMPARE(Masker({}, {prompt}).text(text), masked);
    QCOMPARE(Masker(key, {}).text(text, prompt), masked.replace(QLatin1String("[prompt]"), QLatin1String("[answer]")));
}

void MaskerTest::aLongPromptIsLookedThroughQuickly()
{
    std::mt19937 random(7);
    QString prompt;
    for (int i = 0; i < (4 << 20); ++i)
        prompt += QChar(u'a' + int(random() % 26));
    const QString text = prompt.mid(3'000'000, 1'500) + QStringLiteral(" is refused");
    QCOMPARE(Masker(key, {prompt}).text(text), QStringLiteral("[prompt] is refused"));
}

SUITE_TEST(MaskerTest)
#include "tst_masker.moc"
