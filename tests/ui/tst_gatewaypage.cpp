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
    void aProblemIsSaidWhereTheSwitchIs();
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

SUITE_TEST(GatewayPageTest)
#include "tst_gatewaypage.moc"
