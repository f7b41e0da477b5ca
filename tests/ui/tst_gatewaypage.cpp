// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/gatewaypage.h"
#include "support/suite.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

using namespace retryscope;

class GatewayPageTest : public QObject
{
    Q_OBJECT
private slots:
    void theSwitchAsksForWhatItSays();
    void theLinesNameTheAddressAndTheFile();
    void programsHaveTheirLines();
    void aProblemIsSaidWhereTheSwitchIs();
    void aGatewayThatHoldsThePortCanBeFollowed();
    void adviceIsShownWhileThereIsAny();
};

template <typename Widget> static Widget *find(const GatewayPage &page, const char *name)
{
    auto *widget = page.findChild<Widget *>(QLatin1String(name));
    Q_ASSERT(widget);
    return widget;
}

void GatewayPageTest::theSwitchAsksForWhatItSays()
{
    GatewayPage page;
    QSignalSpy start(&page, &GatewayPage::startRequested), stop(&page, &GatewayPage::stopRequested);
    auto *button = find<QPushButton>(page, "gatewaySwitch");
    find<QSpinBox>(page, "gatewayPort")->setValue(4999);
    QCOMPARE(button->text(), QStringLiteral("Start"));
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(start.value(0).value(0).toInt(), 4999);
    page.showGateway({GatewayView::State::Starting, {}, {}, {}});
    QVERIFY(!button->isEnabled());
    page.showGateway({GatewayView::State::On, QStringLiteral("http://127.0.0.1:4999"), QStringLiteral("/x/token"), {}});
    QCOMPARE(button->text(), QStringLiteral("Stop"));
    QVERIFY(!find<QSpinBox>(page, "gatewayPort")->isEnabled());
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(stop.size(), 1);
    QCOMPARE(start.size(), 1);
}

void GatewayPageTest::theLinesNameTheAddressAndTheFile()
{
    GatewayPage page;
    page.showGateway({GatewayView::State::On, QStringLiteral("http://127.0.0.1:4999"), QStringLiteral("/x/token"), {}});
    QVERIFY(find<QLabel>(page, "gatewayState")->text().contains(QStringLiteral("http://127.0.0.1:4999")));
    for (const char *name : {"OpenAI", "Anthropic", "Google", "Mistral", "curl"}) {
        const QString line = find<QLabel>(page, QByteArray("gatewayLine_").append(name).constData())->text();
        QVERIFY2(line.contains(QStringLiteral("http://127.0.0.1:4999")) && line.contains(QStringLiteral("$(cat /x/token)")),
                 qPrintable(line));
    }
    for (QPushButton *copy : page.findChildren<QPushButton *>()) {
        if (!copy->accessibleName().contains(QStringLiteral("Anthropic")))
            continue;
        QTest::mouseClick(copy, Qt::LeftButton);
        QVERIFY(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("export ANTHROPIC_BASE_URL=http://127.0.0.1:4999 ")));
    }
}

void GatewayPageTest::aProblemIsSaidWhereTheSwitchIs()
{
    GatewayPage page;
    page.showGateway({GatewayView::State::Failed, {}, {}, QStringLiteral("Cannot listen: somebody listens there.")});
    QCOMPARE(find<QLabel>(page, "gatewayState")->text(), QStringLiteral("Cannot listen: somebody listens there."));
    QVERIFY(find<QPushButton>(page, "gatewaySwitch")->isEnabled());
    QVERIFY(!find<QPushButton>(page, "gatewayCopyToken")->isEnabled());
}

void GatewayPageTest::programsHaveTheirLines()
{
    GatewayPage page;
    page.showGateway({GatewayView::State::On, QStringLiteral("http://127.0.0.1:4999"), QStringLiteral("/x/token"), {}});
    const std::pair<const char *, QStringList> programs[] = {
        {"Python", {QStringLiteral("base_url=\"http://127.0.0.1:4999/v1\""), QStringLiteral("max_retries=0")}},
        {"Node", {QStringLiteral("baseURL: \"http://127.0.0.1:4999/v1\""), QStringLiteral("maxRetries: 0")}},
        {"Codex", {QStringLiteral("base_url=\"http://127.0.0.1:4999/v1\""), QStringLiteral("wire_api=\"responses\"")}},
        {"Claude Code", {QStringLiteral("ANTHROPIC_BASE_URL=http://127.0.0.1:4999 "), QStringLiteral("ANTHROPIC_AUTH_TOKEN=")}},
        {"Gemini CLI", {QStringLiteral("GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:4999 "), QStringLiteral("GEMINI_API_KEY=")}},
    };
    for (const auto &[name, parts] : programs) {
        const QString line = find<QLabel>(page, QByteArray("gatewayLine_").append(name).constData())->text();
        QVERIFY2(line.contains(QStringLiteral("/x/token")), qPrintable(line));
        for (const QString &part : parts)
            QVERIFY2(line.contains(part), qPrintable(line));
    }
}

void GatewayPageTest::aGatewayThatHoldsThePortCanBeFollowed()
{
    GatewayPage page;
    QSignalSpy asked(&page, &GatewayPage::followRequested);
    auto *button = find<QPushButton>(page, "gatewayFollowIt");
    page.showGateway({GatewayView::State::Failed, {}, {}, QStringLiteral("Cannot listen: nginx listens there.")});
    QVERIFY(button->isHidden());
    page.showGateway({GatewayView::State::Failed, QStringLiteral("http://127.0.0.1:4180"), {},
                      QStringLiteral("Cannot listen: retryscope-cli listens there.")});
    QVERIFY(!button->isHidden());
    button->click();
    QCOMPARE(asked.value(0), (QVariantList{QStringLiteral("http://127.0.0.1:4180"), QString()}));
    page.showGateway({GatewayView::State::Off, {}, {}, {}});
    QVERIFY(button->isHidden());
}

void GatewayPageTest::adviceIsShownWhileThereIsAny()
{
    GatewayPage page;
    auto *advice = find<QLabel>(page, "gatewayAdvice");
    QVERIFY(advice->isHidden());
    page.showAdvice(QStringLiteral("Set max_retries to 0."));
    QVERIFY(!advice->isHidden() && advice->text().contains(QLatin1String("Set max_retries to 0.")));
    page.showAdvice({});
    QVERIFY(advice->isHidden());
}

SUITE_TEST(GatewayPageTest)
#include "tst_gatewaypage.moc"
