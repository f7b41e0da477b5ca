// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

class QWidget;

namespace retryscope {

/// A widget that goes on by itself until it shows what it is to show: whoever wants a picture of it waits for that.
class Settling
{
public:
    virtual ~Settling() = default;
    /// Nothing is on its way that was asked for without a person.
    virtual bool isSettled() const = 0;
};

/// Nothing that is seen of `root` is on its way.
bool isSettled(const QWidget &root);

/// Lets the program run for `atLeast`, and on until `root` is settled and laid out, up to `atMost` in all. False: it is
/// not settled.
bool settle(const QWidget &root, std::chrono::milliseconds atLeast, std::chrono::milliseconds atMost);

} // namespace retryscope
