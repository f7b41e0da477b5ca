// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme/theme.h"

#include "theme/systemscheme.h"
#include "words/labels.h"

#include <QApplication>
#include <QFontDatabase>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>
#include <QToolTip>

#include <algorithm>
#include <array>
#include <utility>

namespace retryscope {
namespace {

struct Pair { const char *light, *dark; };
QColor pick(Pair pair, bool dark) { return QColor(QLatin1String(dark ? pair.dark : pair.light)); }

struct StateRow { const char *glyph; Pair fill, text; };
constexpr std::array<StateRow, providerStateCount> states{{
    {"–", {"#8E9398", "#8E9094"}, {"#5F656B", "#A6ABB0"}},
    {"●", {"#026F58", "#53F0B8"}, {"#026F58", "#53F0B8"}},
    {"▲", {"#BF8508", "#F0CB29"}, {"#835A00", "#F0CB29"}},
    {"▼", {"#C2410C", "#F08A3C"}, {"#A33A0B", "#F59B57"}},
    {"■", {"#8F0600", "#DF464D"}, {"#8F0600", "#FF8A8F"}},
    {"○", {"#3285E0", "#98B8EB"}, {"#1F66B8", "#98B8EB"}},
    {"◆", {"#483170", "#9864CF"}, {"#483170", "#C09BF0"}},
}};

constexpr Pair sky{"#2399DF", "#5BD1F7"}, amber{"#CE8310", "#F2C46E"}, purple{"#A15D8B", "#A46B98"},
    green{"#3D7C5B", "#05A175"}, navy{"#08329C", "#5176F9"}, brick{"#A93910", "#E24F11"}, neutral{"#3D3E44", "#B4B5B6"},
    ink{"#2B2227", "#D9E6DC"}, clay{"#7A4B2A", "#B07B54"};

/// The hues of providers; two that share one differ in their dash and pattern.
constexpr std::array hues{sky, amber, purple, green, navy, brick, ink, clay};
constexpr std::array dashes{Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
constexpr std::array patterns{Qt::SolidPattern, Qt::BDiagPattern, Qt::Dense4Pattern, Qt::DiagCrossPattern};

/// Vendors that are met often keep apart from each other; every other id finds its place by its own letters alone.
constexpr std::array known{"openai", "anthropic", "google_ai", "mistral", "deepseek", "groq", "openrouter", "ollama",
                           "azure", "bedrock", "together", "xai", "vertex", "cohere", "fireworks", "vllm"};

std::size_t placeOf(const ProviderId &id)
{
    const auto it =
        std::find_if(known.begin(), known.end(), [&](const char *name) { return id == QLatin1String(name); });
    if (it != known.end())
        return std::size_t(it - known.begin());
    quint32 hash = 2166136261U; // FNV-1a: the same in every run and on every machine, which qHash is not
    for (const char byte : id.toUtf8())
        hash = (hash ^ quint8(byte)) * 16777619U;
    return (hash ^ (hash >> 15)) % (hues.size() * dashes.size());
}

Pair reasonColours(RetryReason reason)
{
    switch (reason) {
    case RetryReason::RateLimit: return amber;
    case RetryReason::TemporaryFailure: return purple;
    case RetryReason::ServerError: return brick;
    case RetryReason::NetworkTimeout: return navy;
    case RetryReason::Network: return sky;
    case RetryReason::StreamInterrupted:
    case RetryReason::MalformedResponse: return green;
    default: return neutral;
    }
}

} // namespace

QFont applicationFont(QFont wished, const QStringList &families)
{
    // What the font configuration answers when nobody wished for anything.
    static const QStringList nobody{QString(), QStringLiteral("Sans Serif"), QStringLiteral("Sans"),
                                    QStringLiteral("DejaVu Sans"), QStringLiteral("Bitstream Vera Sans")};
    const QString inter = QStringLiteral("Inter");
    if (!nobody.contains(wished.family(), Qt::CaseInsensitive) || !families.contains(inter))
        return wished;
    QFont font(inter);
    font.setPointSizeF(9.75); // 13 px at 96 dots an inch
    return font;
}

QString stateGlyph(ProviderState state) { return QString::fromUtf8(states[std::size_t(state)].glyph); }
QString stateWord(ProviderState state) { return toLabel(state); }

Theme::Theme(ThemeMode mode, QObject *parent) : QObject(parent)
{
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setFont(applicationFont(QApplication::font(), QFontDatabase::families()));
    m_systemDark = QApplication::style()->standardPalette().color(QPalette::Window).lightness() < 128;
    watchSystemScheme(this, [this](bool dark) {
        m_systemDark = dark;
        if (m_mode == ThemeMode::System)
            setMode(m_mode);
    });
    setMode(mode);
}

void Theme::setMode(ThemeMode mode)
{
    const bool dark = mode == ThemeMode::Dark || (mode == ThemeMode::System && m_systemDark);
    if (mode == std::exchange(m_mode, mode) && dark == m_dark && m_applied)
        return; // to style a window anew is the dearest thing in its start
    m_dark = dark;
    m_applied = true;
    apply();
    emit changed();
}

QFont Theme::font(TextRole role)
{
    struct Row { double size; int weight; };
    static constexpr std::array rows{Row{22, 620}, Row{13, 620}, Row{13, 400}, Row{12, 400}, Row{11, 400}};
    const Row &row = rows[std::size_t(role)];
    QFont f = QApplication::font();
    if (f.pointSizeF() > 0)
        f.setPointSizeF(f.pointSizeF() * row.size / 13);
    else
        f.setPixelSize(qRound(f.pixelSize() * row.size / 13));
    f.setWeight(QFont::Weight(row.weight));
    return f;
}

QFont Theme::counting(QFont font)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 7, 0)
    font.setFeature("tnum", 1);
#endif
    return font;
}

void Theme::apply()
{
    QPalette p;
    p.setColor(QPalette::Window, window());
    p.setColor(QPalette::Base, surface());
    p.setColor(QPalette::AlternateBase, alternate());
    p.setColor(QPalette::Button, surface());
    p.setColor(QPalette::ToolTipBase, surface());
    p.setColor(QPalette::Highlight, accent());
    p.setColor(QPalette::HighlightedText, onAccent());
    p.setColor(QPalette::Link, accent());
    p.setColor(QPalette::PlaceholderText, placeholder());
    p.setColor(QPalette::Mid, border());
    p.setColor(QPalette::Dark, strongBorder());
    p.setColor(QPalette::Light, alternate());
    p.setColor(QPalette::Midlight, border());
    p.setColor(QPalette::Shadow, strongBorder());
    for (const auto role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText, QPalette::BrightText})
        p.setColor(role, text());
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, disabled());
    p.setColor(QPalette::Disabled, QPalette::Highlight, border());
    p.setColor(QPalette::Disabled, QPalette::HighlightedText, disabled());
    QApplication::setPalette(p);
    QToolTip::setPalette(p);
}

QColor Theme::window() const { return pick({"#F4F5F6", "#141618"}, m_dark); }
QColor Theme::surface() const { return pick({"#FFFFFF", "#1B1E20"}, m_dark); }
QColor Theme::alternate() const { return pick({"#F4F5F6", "#26292C"}, m_dark); }
QColor Theme::border() const { return pick({"#D5D9DD", "#3A3F44"}, m_dark); }
QColor Theme::strongBorder() const { return pick({"#8A9198", "#767D84"}, m_dark); }
QColor Theme::text() const { return pick({"#1C1F22", "#E6E8EA"}, m_dark); }
QColor Theme::muted() const { return pick({"#5A6067", "#A3A9AF"}, m_dark); }
QColor Theme::placeholder() const { return pick({"#6B7178", "#8D949B"}, m_dark); }
QColor Theme::disabled() const { return strongBorder(); }
QColor Theme::sidebar() const { return pick({"#FFFFFF", "#1B1E20"}, m_dark); }
QColor Theme::selected() const { return pick({"#E4ECF8", "#2B3745"}, m_dark); }
QColor Theme::hover() const { return pick({"#EEF0F2", "#24282B"}, m_dark); }
QColor Theme::alarm() const { return pick({"#B3140C", "#DF464D"}, m_dark); }
QColor Theme::onAlarm() const { return pick({"#FFFFFF", "#0E0F10"}, m_dark); }
QColor Theme::accent() const { return pick({"#1F5FBF", "#7DB0F7"}, m_dark); }
QColor Theme::onAccent() const { return pick({"#FFFFFF", "#101214"}, m_dark); }
QColor Theme::reason(RetryReason reason) const { return pick(reasonColours(reason), m_dark); }
QColor Theme::stateFill(ProviderState state) const { return pick(states[std::size_t(state)].fill, m_dark); }
QColor Theme::stateText(ProviderState state) const { return pick(states[std::size_t(state)].text, m_dark); }
QColor Theme::calm() const { return pick({"#9AA3AB", "#6F7780"}, m_dark); }
QColor Theme::provider(int index) const { return pick(hues[std::size_t(index) % hues.size()], m_dark); }
QColor Theme::provider(const ProviderId &id) const { return pick(hues[placeOf(id) % hues.size()], m_dark); }
Qt::PenStyle Theme::providerDash(const ProviderId &id) const { return dashes[placeOf(id) / hues.size()]; }
Qt::BrushStyle Theme::providerPattern(const ProviderId &id) const { return patterns[placeOf(id) / hues.size()]; }

} // namespace retryscope
