// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/modellist.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <numeric>

namespace retryscope {
namespace {

constexpr qsizetype mostModels = 5000;
constexpr qsizetype longestName = 200;

QString nameOf(const QJsonValue &value)
{
    if (value.isString())
        return value.toString();
    const QString id = value[QLatin1String("id")].toString(), name = value[QLatin1String("name")].toString();
    const QString found = id.isEmpty() ? name : id, prefix = QStringLiteral("models/");
    return found.startsWith(prefix) ? found.mid(prefix.size()) : found;
}

/// Letters that must be put in, taken out or replaced.
int editsBetween(const QString &a, const QString &b)
{
    std::vector<int> row(std::size_t(b.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < a.size(); ++i) {
        int diagonal = std::exchange(row[0], int(i) + 1);
        for (qsizetype j = 0; j < b.size(); ++j) {
            const auto at = std::size_t(j) + 1;
            const int above = row[at];
            row[at] = std::min({above + 1, row[at - 1] + 1, diagonal + int(a[i] != b[j])});
            diagonal = above;
        }
    }
    return row.back();
}

} // namespace

std::optional<ModelList> readModelList(const QByteArray &body, const QString &wanted)
{
    const QJsonDocument document = QJsonDocument::fromJson(body);
    const QJsonObject object = document.object();
    QJsonValue rows = document.isArray() ? QJsonValue(document.array()) : QJsonValue();
    for (const char *key : {"data", "models"}) {
        if (!rows.isArray())
            rows = object[QLatin1String(key)];
    }
    if (!rows.isArray())
        return std::nullopt;
    ModelList list;
    const QJsonArray all = rows.toArray();
    for (const QJsonValue &row : all) {
        const QString name = nameOf(row);
        if (name.isEmpty() || name.size() > longestName)
            continue;
        if (list.models.size() < mostModels || name.compare(wanted, Qt::CaseInsensitive) == 0)
            list.models << name;
    }
    if (list.models.isEmpty() && !all.isEmpty())
        return std::nullopt; // of something else
    list.whole =
        !object[QLatin1String("has_more")].toBool() && object[QLatin1String("nextPageToken")].toString().isEmpty();
    return list;
}

QStringList similarModels(const QString &name, const QStringList &models, qsizetype most)
{
    const QString wanted = name.toLower().left(longestName);
    QVector<std::pair<int, QString>> near;
    for (const QString &model : models) {
        const QString other = model.toLower();
        const QString bare = other.section(QLatin1Char('/'), -1);
        const bool partOf = other.contains(wanted) || (!bare.isEmpty() && wanted.contains(bare));
        const int edits = editsBetween(wanted, other.left(longestName));
        if (!wanted.isEmpty() && (partOf || edits * 3 <= std::max(wanted.size(), other.size())))
            near.append({edits, model});
    }
    std::stable_sort(near.begin(), near.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    QStringList found;
    for (qsizetype i = 0; i < std::min(most, near.size()); ++i)
        found << near[i].second;
    return found;
}

} // namespace retryscope
