// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace retryscope {

/// What is told about an incident: once that it opened, once that it is over.
struct Notice
{
    enum class Kind : quint8 { Opened, Resolved };
    quint64 incident = 0;
    Kind kind = Kind::Opened;
    QString title, text;
};

/// Shows notices somewhere: on the desktop, by the tray, in the window.
class Notifier
{
public:
    virtual ~Notifier() = default;
    virtual void show(const Notice &notice) = 0;
    /// What was shown has changed: for places where a notice counts on. Most have nothing to do.
    virtual void update(const Notice &) {}
    /// Where they appear, as a sentence for people.
    virtual QString place() const = 0;
};

} // namespace retryscope
