// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ids.h"
#include "health/providerstate.h"

#include <QColor>
#include <QFont>
#include <QObject>

namespace retryscope {

enum class ThemeMode : quint8 { System, Light, Dark };
/// The type scale, in pixels at a body of 13: 22 headline, 13 title and body, 12 secondary, 11 axis.
enum class TextRole : quint8 { Headline, Title, Body, Secondary, Axis };

/// Colours by meaning, for both themes, and the switch between them; the type scale and the measures of the layout.
/// Built once by the app, passed by reference.
class Theme : public QObject
{
    Q_OBJECT
public:
    static constexpr int gap = 12;    ///< between cards, pixels
    static constexpr int cellMargins = 20; ///< beside the words of a table's cell, both together: see the style sheet
    static constexpr int page = 16;        ///< left and right of a page, pixels
    static constexpr int inset = 18;  ///< inside a card, pixels
    static constexpr int radius = 10; ///< of a card's corners, pixels

    explicit Theme(ThemeMode mode, QObject *parent = nullptr);
    void setMode(ThemeMode mode);
    ThemeMode mode() const { return m_mode; }
    bool isDark() const { return m_dark; }

    /// Relative to the application's font, so that it follows the desktop's size.
    static QFont font(TextRole role);
    /// With figures of one width, where Qt can ask for them (6.7).
    static QFont counting(QFont font);

    QColor window() const, surface() const, alternate() const, border() const, strongBorder() const;
    QColor text() const, muted() const, placeholder() const, disabled() const, accent() const, onAccent() const;
    QColor sidebar() const, selected() const, hover() const;
    QColor alarm() const, onAlarm() const; ///< a count that wants to be seen, and the figures on it
    QColor reason(RetryReason reason) const;
    QColor stateFill(ProviderState state) const;
    QColor stateText(ProviderState state) const;
    QColor provider(int index) const;
    /// Belongs to the id alone: the same whatever its place in the order and whatever other providers there are. Two ids
    /// of one hue differ, if they can, in dash and pattern.
    QColor provider(const ProviderId &id) const;
    Qt::PenStyle providerDash(const ProviderId &id) const;
    Qt::BrushStyle providerPattern(const ProviderId &id) const;
    QColor calm() const; ///< what went as it should: deliberately quiet

signals:
    void changed();

private:
    void apply();
    ThemeMode m_mode = ThemeMode::System;
    bool m_dark = false, m_systemDark = false, m_applied = false;
};

/// The desktop's font, or Inter where the desktop has no wish of its own and Inter is there.
QFont applicationFont(QFont wished, const QStringList &families);

/// Shape first, colour second: a glyph and a word for every state.
QString stateGlyph(ProviderState state);
QString stateWord(ProviderState state);

} // namespace retryscope
