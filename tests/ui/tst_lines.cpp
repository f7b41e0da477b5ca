// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/suite.h"
#include "widgets/measuredlabel.h"
#include "widgets/textwidth.h"

#include <QImage>
#include <QTest>

#include <random>

using namespace retryscope;

namespace {

const QStringList &texts()
{
    static const QStringList all{QString(),
                                 QStringLiteral("Well"),
                                 QStringLiteral("<b>OpenAI limits the rate.</b> Every call waits, as it was told to."),
                                 QStringLiteral("93.9 % of calls · p95 351 ms"),
                                 QStringLiteral("two\nlines"),
                                 QStringLiteral("Der Anbieter antwortet nicht, und alle Anrufe gehen an den nächsten."),
                                 QStringLiteral("مزود النماذج لا يجيب"),
                                 QStringLiteral("A&B <i>x</i> – ● ▲")};
    return all;
}

QFont sized(int pixels, bool heavy)
{
    QFont font;
    font.setPixelSize(pixels);
    font.setWeight(heavy ? QFont::DemiBold : QFont::Normal);
    return font;
}

/// What is not white.
QRect darkOf(const QImage &image)
{
    QRect ink;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            if (qGray(image.pixel(x, y)) < 128)
                ink |= QRect(x, y, 1, 1);
        }
    }
    return ink;
}

} // namespace

/// What is remembered of texts is what Qt would say each time.
class LinesTest : public QObject
{
    Q_OBJECT
private slots:
    void aMeasuredLabelIsAsHighAsALabel();
    void aLineStandsWhereQtPaintsIt_data();
    void aLineStandsWhereQtPaintsIt();
};

void LinesTest::aMeasuredLabelIsAsHighAsALabel()
{
    const unsigned seed = std::random_device{}();
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    const auto pick = [&](int n) { return int(random() % unsigned(n)); };
    MeasuredLabel measured;
    QLabel plain;
    plain.setWordWrap(true);
    for (int i = 0; i < 400; ++i) {
        const QString text = texts()[pick(int(texts().size()))];
        const QFont font = sized(10 + pick(8), pick(2));
        const auto format = pick(2) ? Qt::RichText : Qt::PlainText;
        const int margin = pick(3), width = 40 + pick(400);
        for (QLabel *label : {static_cast<QLabel *>(&measured), &plain}) {
            label->setTextFormat(format);
            label->setFont(font);
            label->setContentsMargins(margin, margin, margin, margin);
            label->setText(text);
        }
        for (int again = 0; again < 2; ++again)
            QCOMPARE(measured.heightForWidth(width), plain.heightForWidth(width));
    }
}

void LinesTest::aLineStandsWhereQtPaintsIt_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<Qt::Alignment>("alignment");
    QTest::addColumn<double>("scale");
    for (const QString &text : texts()) {
        for (const Qt::Alignment alignment : {Qt::AlignLeft | Qt::AlignVCenter, Qt::AlignRight | Qt::AlignVCenter,
                                              Qt::AlignHCenter | Qt::AlignTop, Qt::AlignLeft | Qt::AlignBottom}) {
            for (const double scale : {1.0, 2.0})
                QTest::addRow("%s, %x, %g", qPrintable(text.left(12)), int(alignment), scale) << text << alignment << scale;
        }
    }
}

/// To a pixel: Qt rounds the place of a text, and a shape is put where it belongs.
void LinesTest::aLineStandsWhereQtPaintsIt()
{
    QFETCH(QString, text);
    QFETCH(Qt::Alignment, alignment);
    QFETCH(double, scale);
    const auto painted = [&](bool byQt) {
        QImage image(int(620 * scale), int(40 * scale), QImage::Format_RGB32);
        image.setDevicePixelRatio(scale);
        image.fill(Qt::white);
        QPainter painter(&image);
        painter.setFont(sized(13, false));
        painter.setPen(Qt::black);
        const QRectF area(10, 4, 600, 31);
        if (byQt)
            painter.drawText(area, int(alignment) | Qt::TextSingleLine, text);
        else
            paintLine(painter, area, alignment, text);
        return darkOf(image);
    };
    const QRect expected = painted(true), first = painted(false), second = painted(false);
    QCOMPARE(first, second);
    QCOMPARE(first.isEmpty(), text.isEmpty());
    for (const auto &[a, b] : {std::pair(expected.left(), first.left()), {expected.right(), first.right()},
                               {expected.top(), first.top()}, {expected.bottom(), first.bottom()}})
        QVERIFY2(std::abs(a - b) <= qCeil(scale), qPrintable(QStringLiteral("%1 and %2").arg(a).arg(b)));
}

SUITE_TEST(LinesTest)
#include "tst_lines.moc"
