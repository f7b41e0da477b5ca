// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "health/providerstate.h"

#include <QColor>
#include <QObject>

namespace retryscope {

enum class ThemeMode : quint8 { System, Light, Dark };

/// Colours by meaning, for both themes, and the switch between them. Built once by the app, passed by reference.
class Theme : public QObject
{
    Q_OBJECT
public:
    explicit Theme(ThemeMode mode, QObject *parent = nullptr);
    void setMode(ThemeMode mode);
    bool isDark() const { return m_dark; }

    QColor window() const, surface() const, alternate() const, border() const, strongBorder() const;
    QColor text() const, muted() const, accent() const, onAccent() const;
    QColor reason(RetryReason reason) const;
    QColor stateFill(ProviderState state) const;
    QColor stateText(ProviderState state) const;
    QColor provider(int index) const;
    QColor calm() const; ///< what went as it should: deliberately quiet

signals:
    void changed();

private:
    void apply();
    bool m_dark = false;
};

/// Shape first, colour second: a glyph and a word for every state.
QString stateGlyph(ProviderState state);
QString stateWord(ProviderState state);

} // namespace retryscope
