// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme/theme.h"

#include <QApplication>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>
#include <QToolTip>

#include <array>

namespace retryscope {
namespace {

struct Pair { const char *light, *dark; };
QColor pick(Pair pair, bool dark) { return QColor(QLatin1String(dark ? pair.dark : pair.light)); }

struct StateRow { const char *glyph, *word; Pair fill, text; };
constexpr std::array<StateRow, providerStateCount> states{{
    {"–", "Unproven", {"#8E9398", "#8E9094"}, {"#5F656B", "#A6ABB0"}},
    {"●", "Well", {"#026F58", "#53F0B8"}, {"#026F58", "#53F0B8"}},
    {"▲", "Slow", {"#BF8508", "#F0CB29"}, {"#835A00", "#F0CB29"}},
    {"▲", "Failing", {"#C2410C", "#F08A3C"}, {"#A33A0B", "#F59B57"}},
    {"■", "Down", {"#8F0600", "#DF464D"}, {"#8F0600", "#FF8A8F"}},
    {"○", "Probing", {"#3285E0", "#98B8EB"}, {"#1F66B8", "#98B8EB"}},
    {"◆", "Isolated", {"#483170", "#9864CF"}, {"#483170", "#C09BF0"}},
}};

constexpr Pair sky{"#2399DF", "#5BD1F7"}, amber{"#CE8310", "#F2C46E"}, purple{"#A15D8B", "#A46B98"}, green{"#3D7C5B", "#05A175"},
    navy{"#08329C", "#5176F9"}, brick{"#A93910", "#E24F11"}, neutral{"#3D3E44", "#B4B5B6"};

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

QString stateGlyph(ProviderState state) { return QString::fromUtf8(states[std::size_t(state)].glyph); }
QString stateWord(ProviderState state) { return QString::fromUtf8(states[std::size_t(state)].word); }

Theme::Theme(ThemeMode mode, QObject *parent) : QObject(parent)
{
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    setMode(mode);
}

void Theme::setMode(ThemeMode mode)
{
    // Before Qt 6.5 the platform's palette is the only word on the system's scheme.
    m_dark = mode == ThemeMode::Dark || (mode == ThemeMode::System && QApplication::style()->standardPalette().color(QPalette::Window).lightness() < 128);
    apply();
    emit changed();
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
    p.setColor(QPalette::PlaceholderText, muted());
    p.setColor(QPalette::Mid, border());
    p.setColor(QPalette::Dark, strongBorder());
    p.setColor(QPalette::Light, alternate());
    p.setColor(QPalette::Midlight, border());
    p.setColor(QPalette::Shadow, strongBorder());
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText, QPalette::BrightText})
        p.setColor(role, text());
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, pick({"#8A9198", "#767D84"}, m_dark));
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
QColor Theme::accent() const { return pick({"#1F5FBF", "#7DB0F7"}, m_dark); }
QColor Theme::onAccent() const { return pick({"#FFFFFF", "#101214"}, m_dark); }
QColor Theme::reason(RetryReason reason) const { return pick(reasonColours(reason), m_dark); }
QColor Theme::stateFill(ProviderState state) const { return pick(states[std::size_t(state)].fill, m_dark); }
QColor Theme::stateText(ProviderState state) const { return pick(states[std::size_t(state)].text, m_dark); }
QColor Theme::calm() const { return pick({"#9AA3AB", "#6F7780"}, m_dark); }
QColor Theme::provider(int index) const
{
    constexpr std::array order{sky, amber, purple, green, navy, brick};
    return pick(order[std::size_t(index) % order.size()], m_dark);
}

} // namespace retryscope
