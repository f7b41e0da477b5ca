// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>

namespace retryscope {

/// Carries one answer to another thread: a queued connection ends by itself when its receiver goes.
class HistoryReply final : public QObject
{
    Q_OBJECT
signals:
    void ready();
};

} // namespace retryscope
