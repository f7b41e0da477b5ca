// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QString>
#include <QVector>

namespace retryscope {

/// Where a layer that retries by itself stands.
enum class LayerPlace : quint8 {
    Queue,  ///< runs the job again that makes the call
    Client, ///< the library that calls us
    Beyond, ///< what we call, which calls the provider
};
inline constexpr int layerPlaceCount = int(LayerPlace::Beyond) + 1;

/// One that is known to retry.
/// | field    | what                                                                      |
/// | key      | in settings                                                               |
/// | attempts | as it does unless told otherwise, the first included; where it does none by itself, what is usual once it does |
/// | waits    | the sum of the longest waits between those attempts                       |
/// | off      | the line that switches its retries off                                    |
struct RetryLayer
{
    const char *key;
    const char *name;
    LayerPlace place;
    int attempts;
    Duration waits;
    const char *off;
};
const QVector<RetryLayer> &retryLayers();
/// Null: none of that key.
const RetryLayer *findRetryLayer(const QString &key);

/// A layer around or behind ours, with the attempts that somebody says it makes.
struct LayerUse
{
    LayerPlace place = LayerPlace::Client;
    int attempts = 1;
    Duration waits{};
};

struct LayersTotal
{
    qint64 requests = 0; ///< that one call may become at the provider
    Duration longest{};  ///< until the outermost layer gives up
};
/// Each layer repeats all that the layers inside it do. `attempts` and `longest` are ours. What stands beyond us multiplies
/// requests and no time, since our own time limits bound each attempt.
LayersTotal multiplyLayers(const QVector<LayerUse> &layers, int attempts, Duration longest);

} // namespace retryscope
