// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/suite.h"
#include "theme/icons.h"
#include "theme/stylesheet.h"
#include "theme/theme.h"
#include "widgets/textwidth.h"

#include <QApplication>
#include <QDialogButtonBox>
#include <QProxyStyle>
#include <QPushButton>
#include <QStyleFactory>
#include <QDirIterator>
#include <QPainter>
#include <QRegularExpression>
#include <QHeaderView>
#include <QStandardItemModel>
#include <QTableView>
#include <QTest>
#include <QTreeView>

using namespace retryscope;

namespace {

double linear(double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); }
double luminance(const QColor &c)
{
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}
/// As WCAG 2 defines it.
double contrast(const QColor &a, const QColor &b)
{
    const double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

/// Where the ink of the leftmost and the rightmost glyph stands in the section that begins at `from`.
std::pair<int, int> inkOf(QWidget *view, int from, int to)
{
    const QImage picture = view->grab().toImage().convertToFormat(QImage::Format_RGB32);
    int first = -1, last = -1;
    for (int x = from; x < to; ++x) {
        for (int y = 2; y < picture.height() - 4; ++y) { // not the line below a header
            if (qGray(picture.pixel(x, y)) < 160) {
                first = first < 0 ? x : first;
                last = x;
                break;
            }
        }
    }
    return {first - from, to - last};
}

} // namespace

/// Tokens: what can be read on what, whose colour is whose, sizes, and icons.
class ThemeTest : public QObject
{
    Q_OBJECT
private slots:
    void textCanBeReadOnEverySurface_data();
    void textCanBeReadOnEverySurface();
    void aProvidersColourIsItsOwn();
    void vendorsMetOftenAreTold();
    void theScaleFollowsTheApplicationsFont();
    void interStandsInWhereNobodyWished_data();
    void interStandsInWhereNobodyWished();
    void everyStateHasItsWordAndGlyph();
    void theStyleSheetKnowsAllItsTokens();
    void dotsStandWhereATextEnds();
    void cellsStandUnderTheirHeaders_data();
    void cellsStandUnderTheirHeaders();
    void buttonsOfADialogHaveNoIconsOfAnotherStyle();
    void iconsAreOfOneWeightAndFollowThePalette();
};

void ThemeTest::textCanBeReadOnEverySurface_data()
{
    QTest::addColumn<ThemeMode>("mode");
    QTest::newRow("light") << ThemeMode::Light;
    QTest::newRow("dark") << ThemeMode::Dark;
}

void ThemeTest::textCanBeReadOnEverySurface()
{
    QFETCH(ThemeMode, mode);
    const Theme theme(mode);
    const std::pair<const char *, QColor> surfaces[] = {
        {"window", theme.window()},   {"surface", theme.surface()}, {"alternate", theme.alternate()},
        {"sidebar", theme.sidebar()}, {"hover", theme.hover()},     {"selected", theme.selected()}};
    QVector<std::pair<QByteArray, QColor>> texts{
        {"text", theme.text()}, {"muted", theme.muted()}, {"accent", theme.accent()}};
    for (int s = 0; s <= int(ProviderState::Failing); ++s)
        texts.append({stateWord(ProviderState(s)).toUtf8(), theme.stateText(ProviderState(s))});
    for (const auto &[onName, on] : surfaces) {
        for (const auto &[name, colour] : texts)
            QVERIFY2(contrast(colour, on) >= 4.5, qPrintable(QStringLiteral("%1 on %2: %3")
                                                                 .arg(QString::fromUtf8(name), QLatin1String(onName))
                                                                 .arg(contrast(colour, on))));
    }
    QVERIFY(contrast(theme.placeholder(), theme.surface()) >= 4.5);
    QVERIFY(contrast(theme.onAccent(), theme.accent()) >= 4.5);
    QVERIFY2(contrast(theme.onAlarm(), theme.alarm()) >= 4.5,
             qPrintable(QString::number(contrast(theme.onAlarm(), theme.alarm()))));
    // What carries meaning without being text: 3.
    QVERIFY(contrast(theme.strongBorder(), theme.surface()) >= 3.0);
    for (int s = 0; s <= int(ProviderState::Failing); ++s)
        QVERIFY2(contrast(theme.stateFill(ProviderState(s)), theme.surface()) >= 3.0,
                 qPrintable(stateWord(ProviderState(s))));
    for (int hue = 0; hue < 8; ++hue)
        QVERIFY2(contrast(theme.provider(hue), theme.surface()) >= 3.0, qPrintable(QString::number(hue)));
}

void ThemeTest::aProvidersColourIsItsOwn()
{
    const Theme light(ThemeMode::Light), dark(ThemeMode::Dark);
    QSet<QRgb> seen;
    for (int i = 0; i < 200; ++i) {
        const ProviderId id = QStringLiteral("provider-%1").arg(i);
        QCOMPARE(light.provider(id), Theme(ThemeMode::Light).provider(id)); // nothing else is asked
        QVERIFY(light.provider(id) != dark.provider(id));
        QCOMPARE(light.providerDash(id), dark.providerDash(id));
        seen.insert(light.provider(id).rgb());
    }
    QCOMPARE(seen.size(), 8);
    // Pinned: the same on every machine and in every version.
    QCOMPARE(light.provider(QStringLiteral("openai")), QColor(QStringLiteral("#2399DF")));
    QCOMPARE(light.provider(QStringLiteral("anthropic")), QColor(QStringLiteral("#CE8310")));
}

void ThemeTest::vendorsMetOftenAreTold()
{
    const Theme theme(ThemeMode::Dark);
    QSet<QString> marks;
    const QStringList ids{QStringLiteral("openai"),     QStringLiteral("anthropic"), QStringLiteral("google_ai"),
                          QStringLiteral("mistral"),    QStringLiteral("deepseek"),  QStringLiteral("groq"),
                          QStringLiteral("openrouter"), QStringLiteral("ollama"),    QStringLiteral("azure"),
                          QStringLiteral("bedrock")};
    for (const QString &id : ids)
        marks.insert(theme.provider(id).name() + QString::number(int(theme.providerDash(id)))
                     + QString::number(int(theme.providerPattern(id))));
    QCOMPARE(marks.size(), ids.size());
}

void ThemeTest::theScaleFollowsTheApplicationsFont()
{
    const QFont before = QApplication::font();
    QFont large = before;
    large.setPointSizeF(19.5);
    QApplication::setFont(large);
    QCOMPARE(Theme::font(TextRole::Body).pointSizeF(), 19.5);
    QCOMPARE(Theme::font(TextRole::Headline).pointSizeF(), 33.0);
    QCOMPARE(Theme::font(TextRole::Secondary).pointSizeF(), 18.0);
    QCOMPARE(Theme::font(TextRole::Axis).pointSizeF(), 16.5);
    QVERIFY(Theme::font(TextRole::Title).weight() > Theme::font(TextRole::Body).weight());
    QApplication::setFont(before);
}

void ThemeTest::interStandsInWhereNobodyWished_data()
{
    QTest::addColumn<QString>("wished");
    QTest::addColumn<QStringList>("families");
    QTest::addColumn<QString>("expected");
    const QStringList with{QStringLiteral("DejaVu Sans"), QStringLiteral("Inter")},
        without{QStringLiteral("DejaVu Sans")};
    QTest::newRow("nobody wished") << QStringLiteral("Sans Serif") << with << QStringLiteral("Inter");
    QTest::newRow("what the configuration answers") << QStringLiteral("DejaVu Sans") << with << QStringLiteral("Inter");
    QTest::newRow("the desktop has a font") << QStringLiteral("Cantarell") << with << QStringLiteral("Cantarell");
    QTest::newRow("Inter is not there") << QStringLiteral("Sans Serif") << without << QStringLiteral("Sans Serif");
}

void ThemeTest::interStandsInWhereNobodyWished()
{
    QFETCH(QString, wished);
    QFETCH(QStringList, families);
    QFETCH(QString, expected);
    QCOMPARE(applicationFont(QFont(wished), families).family(), expected);
}

void ThemeTest::everyStateHasItsWordAndGlyph()
{
    QSet<QString> words, glyphs;
    for (int s = 0; s < providerStateCount; ++s) {
        words.insert(stateWord(ProviderState(s)));
        glyphs.insert(stateGlyph(ProviderState(s)));
    }
    QCOMPARE(words, (QSet<QString>{QStringLiteral("Unproven"), QStringLiteral("Well"), QStringLiteral("Slow"),
                                   QStringLiteral("Failing"), QStringLiteral("Down"), QStringLiteral("Probing"),
                                   QStringLiteral("Isolated")}));
    QCOMPARE(glyphs.size(), words.size());
}

void ThemeTest::theStyleSheetKnowsAllItsTokens()
{
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        const QString css = styleSheet(Theme(mode));
        QVERIFY2(!css.contains(QRegularExpression(QStringLiteral("\\{[a-zA-Z]+\\}"))), qPrintable(css));
        for (auto it = QRegularExpression(QStringLiteral("url\\(([^)]+)\\)")).globalMatch(css); it.hasNext();) {
            const QString path = it.next().captured(1);
            QVERIFY2(QFile::exists(path), qPrintable(path));
        }
    }
}

void ThemeTest::dotsStandWhereATextEnds()
{
    const QFont font = Theme::font(TextRole::Body);
    const QString arabic = QStringLiteral("مزود النماذج اللغوية الكبير جدا"),
                  latin = QStringLiteral("DeepSeek through the gateway in Frankfurt");
    QVERIFY(elidedText(font, latin, 90).endsWith(QStringLiteral("…")));
    QVERIFY(elidedText(font, arabic, 90).endsWith(QStringLiteral("…\u200F"))); // at the left of what is read from the right
    QCOMPARE(elidedText(font, arabic, 9'000), arabic);
}

void ThemeTest::cellsStandUnderTheirHeaders_data()
{
    QTest::addColumn<bool>("tree");
    QTest::newRow("table") << false;
    QTest::newRow("tree") << true;
}

/// In every table of the window: the sheet is one place for all.
void ThemeTest::cellsStandUnderTheirHeaders()
{
    QFETCH(bool, tree);
    const Theme theme(ThemeMode::Light);
    QStandardItemModel model(1, 2);
    for (int column : {0, 1}) {
        auto *item = new QStandardItem(QStringLiteral("HHH"));
        item->setTextAlignment((column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        model.setItem(0, column, item);
        model.setHorizontalHeaderItem(column, item->clone());
    }
    std::unique_ptr<QAbstractItemView> view;
    QHeaderView *header = nullptr;
    if (tree) {
        auto own = std::make_unique<QTreeView>();
        own->setRootIsDecorated(false);
        header = own->header();
        view = std::move(own);
    } else {
        auto own = std::make_unique<QTableView>();
        own->setShowGrid(false);
        own->verticalHeader()->hide();
        header = own->horizontalHeader();
        view = std::move(own);
    }
    view->setModel(&model);
    view->setStyleSheet(styleSheet(theme));
    header->setStretchLastSection(false);
    header->resizeSection(0, 100);
    header->resizeSection(1, 100);
    view->resize(300, 120);
    view->show();
    view->clearFocus();
    QVERIFY(QTest::qWaitForWindowExposed(view.get(), suite::patience));
    const auto left = inkOf(header, 0, 100).first, right = inkOf(header, 100, 200).second;
    QVERIFY(left >= 0);
    const int cellLeft = inkOf(view->viewport(), 0, 100).first, cellRight = inkOf(view->viewport(), 100, 200).second;
    QVERIFY2(std::abs(cellLeft - left) <= 1, qPrintable(QStringLiteral("%1, not %2").arg(cellLeft).arg(left)));
    QVERIFY2(std::abs(cellRight - right) <= 1, qPrintable(QStringLiteral("%1, not %2").arg(cellRight).arg(right)));
}

/// A desktop may wish for them; ours are of one weight, and these are not.
void ThemeTest::buttonsOfADialogHaveNoIconsOfAnotherStyle()
{
    class Wishing final : public QProxyStyle
    {
    public:
        using QProxyStyle::QProxyStyle;
        int styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                      QStyleHintReturn *data) const override
        {
            return hint == SH_DialogButtonBox_ButtonsHaveIcons ? 1
                                                               : QProxyStyle::styleHint(hint, option, widget, data);
        }
    };
    QApplication::setStyle(new Wishing(QStyleFactory::create(QStringLiteral("Fusion"))));
    QWidget window;
    const Theme theme(ThemeMode::Light);
    window.setStyleSheet(styleSheet(theme));
    auto *box = new QDialogButtonBox(QDialogButtonBox::Close, &window);
    window.show();
    const bool none = box->button(QDialogButtonBox::Close)->icon().isNull();
    QApplication::setStyle(QStringLiteral("Fusion"));
    QVERIFY(none);
}

void ThemeTest::iconsAreOfOneWeightAndFollowThePalette()
{
    const Theme theme(ThemeMode::Dark);
    QDirIterator it(QStringLiteral(SOURCE_ROOT "/resources/icons"), {QStringLiteral("*.svg")});
    int count = 0;
    while (it.hasNext()) {
        QFile file(it.next());
        const QString name = it.fileInfo().completeBaseName();
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray svg = file.readAll();
        QVERIFY2(svg.contains("SPDX-License-Identifier: GPL-3.0-or-later"), qPrintable(name));
        if (!svg.contains("viewBox=\"0 0 24 24\""))
            continue;
        QVERIFY2(svg.contains("stroke-width=\"1.75\""), qPrintable(name));
        const QImage picture = themedIcon(name).pixmap(QSize(24, 24)).toImage().convertToFormat(QImage::Format_ARGB32);
        QVERIFY2(!picture.isNull(), qPrintable(name));
        int inked = 0;
        for (int y = 0; y < picture.height(); ++y) {
            for (int x = 0; x < picture.width(); ++x) {
                const QColor c = picture.pixelColor(x, y);
                if (c.alpha() > 200) {
                    ++inked;
                    QVERIFY2(qAbs(c.red() - theme.text().red()) < 6 && qAbs(c.blue() - theme.text().blue()) < 6,
                             qPrintable(name + c.name()));
                }
            }
        }
        QVERIFY2(inked > 8, qPrintable(name));
        ++count;
    }
    QVERIFY(count >= 15);
    QVERIFY(themedIcon(QStringLiteral("nothing-of-that-name")).isNull());
    QVERIFY(!applicationIcon().pixmap(48).isNull());
}

SUITE_TEST(ThemeTest)
#include "tst_theme.moc"
