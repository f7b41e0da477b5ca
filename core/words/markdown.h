// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

namespace retryscope {

/// Text of people and servers on one line: it must not become markup, break a list or end a cell.
QString escapedMarkdown(const QString &text);

} // namespace retryscope
