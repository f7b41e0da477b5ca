// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QRegularExpression>

namespace {

/// A block of a page between ``` lines: what stands behind the first of them, and its lines.
struct PageBlock
{
    QString kind;
    QStringList lines;
};

QVector<PageBlock> blocksOf(const QString &page)
{
    QVector<PageBlock> blocks;
    bool inside = false;
    for (const QString &line : page.split(QLatin1Char('\n'))) {
        if (!line.startsWith(QLatin1String("```"))) {
            if (inside)
                blocks.last().lines.append(line);
            continue;
        }
        inside = !inside;
        if (inside)
            blocks.append({line.mid(3).trimmed(), {}});
    }
    return blocks;
}

} // namespace

/// docs/walkthrough.md, followed to the letter by somebody who has nothing yet.
class WalkthroughTest final : public QObject
{
    Q_OBJECT
private slots:
    void everyCommandDoesWhatThePageSays();

private:
    QByteArray follow(const QString &line);
    QByteArray said(const char *command) const;
    CliProgram m_cli;
    QVector<std::pair<QString, QByteArray>> m_said; ///< each command and what it printed
};

QByteArray WalkthroughTest::follow(const QString &line)
{
    QString command = line;
    command.replace(QRegularExpression(QStringLiteral("^retryscope-cli ")), QStringLiteral("CLI "));
    const auto ran = m_cli.shell(QStringLiteral("cd '%1' && %2").arg(m_cli.path(QString()), command), 120'000);
    if (ran.code != 0)
        QTest::qFail(qPrintable(QStringLiteral("%1 ended with %2: ").arg(line).arg(ran.code) + QString::fromUtf8(ran.said())),
                     __FILE__, __LINE__);
    m_said.append({line, ran.said()});
    return ran.said();
}

QByteArray WalkthroughTest::said(const char *command) const
{
    for (const auto &[line, text] : m_said) {
        if (line.startsWith(QLatin1String(command)))
            return text;
    }
    return {};
}

void WalkthroughTest::everyCommandDoesWhatThePageSays()
{
    QFile page(QStringLiteral(SOURCE_ROOT "/docs/walkthrough.md"));
    QVERIFY(page.open(QIODevice::ReadOnly));
    for (const PageBlock &block : blocksOf(QString::fromUtf8(page.readAll()))) {
        const QStringList kind = block.kind.split(QLatin1Char(' '));
        if (kind[0] == QLatin1String("json")) {
            QVERIFY(!m_cli.write(kind.value(1), block.lines.join(QLatin1Char('\n')).toUtf8()).isEmpty());
            continue;
        }
        QCOMPARE(kind[0], QStringLiteral("sh"));
        for (const QString &line : block.lines) {
            QVERIFY2(line.startsWith(QLatin1String("retryscope-cli ")), qPrintable(line));
            follow(line);
            if (QTest::currentTestFailed())
                return;
        }
    }
    QVERIFY2(said("retryscope-cli check today.json").contains("the next one, which is well, is not asked"),
             said("retryscope-cli check today.json"));
    const QByteArray before = said("retryscope-cli replay");
    QVERIFY2(before.contains("that had been answered. What ends them: \"max attempts reached\""), before);
    const QByteArray found = said("retryscope-cli recommend");
    QVERIFY2(found.contains("Change ") && found.contains("better in calls answered"), found);
    const QByteArray after = follow(QStringLiteral("retryscope-cli replay --config better.json --since 24h"));
    QVERIFY2(!after.contains("that had been answered"), after);
    QVERIFY(m_cli.read(m_cli.path(QStringLiteral("retries.py"))).contains("tenacity"));
}

SUITE_TEST(WalkthroughTest)
#include "tst_walkthrough.moc"
