// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/layerwords.h"

#include "base/timeformat.h"
#include "words/labels.h"

#include <QLocale>

namespace retryscope {

QString toLabel(LayerPlace place)
{
    static constexpr std::array places{QT_TRANSLATE_NOOP("retryscope::Words", "Job queue"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Client library"),
                                       QT_TRANSLATE_NOOP("retryscope::Words", "Gateway beyond us")};
    return Words::tr(places[std::size_t(place)]);
}

QString layersText(const QVector<LayerUse> &layers, int attempts, Duration longest)
{
    QStringList factors, inside;
    for (const LayerUse &layer : layers) {
        if (layer.attempts > 1)
            (layer.place == LayerPlace::Beyond ? inside : factors) << QString::number(layer.attempts);
    }
    const LayersTotal total = multiplyLayers(layers, attempts, longest);
    const QString span = formatDuration(total.longest);
    if (factors.isEmpty() && inside.isEmpty())
        return Words::tr("Nothing else retries: one call is at most %1 and takes up to %2.")
            .arg(counted(quint64(attempts), Words::tr("1 request"), Words::tr("%1 requests")), span);
    const QString product = (factors + QStringList{QString::number(attempts)} + inside).join(QStringLiteral(" × "));
    return Words::tr(
               "One call may become %1 = %2 requests and take up to %3. Let one layer retry, and switch the others "
               "off.")
        .arg(product, QLocale().toString(total.requests), span);
}

} // namespace retryscope
