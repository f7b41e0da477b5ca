// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringList>

namespace retryscope::cli {

/// Each takes the arguments with the command's own name first, and returns an exit code.
int send(const QStringList &arguments);
int sandbox(const QStringList &arguments);
int stats(const QStringList &arguments);
int calls(const QStringList &arguments);
int check(const QStringList &arguments);
int presets(const QStringList &arguments);
int schema(const QStringList &arguments);
int blocks(const QStringList &arguments);
int explain(const QStringList &arguments);
int serve(const QStringList &arguments);
int simulate(const QStringList &arguments);
int sweep(const QStringList &arguments);
int certify(const QStringList &arguments);
int recommend(const QStringList &arguments);
int fit(const QStringList &arguments);
int replay(const QStringList &arguments);
int exportConfiguration(const QStringList &arguments);
int importConfiguration(const QStringList &arguments);
int crashtest(const QStringList &arguments);
int batch(const QStringList &arguments);
int key(const QStringList &arguments);
int demo(const QStringList &arguments);

} // namespace retryscope::cli
