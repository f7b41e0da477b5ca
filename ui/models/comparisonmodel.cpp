// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/comparisonmodel.h"

#include "telemetry/csv.h"
#include "words/simulationwords.h"

#include <QPainter>
#include <QPixmap>

#include <array>

namespace retryscope {
namespace {

constexpr int headSwatch = 10, headGap = 6; ///< pixels

constexpr std::array comparedMeasures{Measure::Success,  Measure::P50,      Measure::P95,    Measure::P99,
                                      Measure::SlotWait, Measure::Attempts, Measure::Wasted, Measure::Recovery,
                                      Measure::Whole,    Measure::TaskP50};

QString digits(double value) { return QString::number(value, 'g', 12); }

QStringList bandCells(const std::optional<Band> &band)
{
    return band ? QStringList{digits(band->mean), digits(band->low), digits(band->high)}
                : QStringList{QString(), QString(), QString()};
}

} // namespace

void ComparisonModel::setResult(const QVector<ComparedPolicy> &policies, const StudyResult &result)
{
    QVector<Measure> told;
    for (const Measure measure : comparedMeasures) {
        if (result.tells(measure))
            told.append(measure);
    }
    const bool same = policies.size() == m_policies.size() && !m_cells.isEmpty() && told == m_measures;
    if (!same)
        beginResetModel();
    m_policies = policies;
    m_measures = told;
    m_cells.clear();
    for (const Measure measure : told) {
        QVector<Cell> row;
        for (int p = 0; p < int(policies.size()); ++p) {
            Cell cell;
            cell.value = result.of(p, measure);
            if (p > 0)
                cell.difference = result.difference(p, 0, measure);
            cell.best = cell.value && policies.size() > 1;
            for (int other = 0; other < int(policies.size()) && cell.best; ++other) {
                const auto by = other == p ? std::nullopt : result.difference(p, other, measure);
                cell.best = other == p || (by && !isNone(*by) && (by->mean > 0) == isMoreBetter(measure));
            }
            row.append(cell);
        }
        m_cells.append(row);
    }
    if (!same)
        return endResetModel();
    emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

int ComparisonModel::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(m_cells.size()); }

int ComparisonModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() || m_cells.isEmpty() ? 0 : int(m_policies.size()) + 1;
}

int ComparisonModel::verdict(Measure measure, const Cell &cell) const
{
    if (!cell.difference || isNone(*cell.difference))
        return 0;
    return (cell.difference->mean > 0) == isMoreBetter(measure) ? 1 : -1;
}

QVariant ComparisonModel::data(const QModelIndex &index, int role) const
{
    const Measure measure = measures()[index.row()];
    if (index.column() == 0)
        return role == Qt::DisplayRole ? QVariant(label(measure)) : QVariant();
    const Cell &cell = m_cells[index.row()][index.column() - 1];
    const QString value = estimateText(measure, cell.value);
    const QString difference = index.column() > 1 && cell.value ? differenceText(measure, cell.difference) : QString();
    switch (role) {
    case Qt::DisplayRole: return value;
    case DifferenceRole: return difference;
    case VerdictRole: return verdict(measure, cell);
    case BestRole: return cell.best;
    case Qt::AccessibleTextRole: return difference.isEmpty() ? value : tr("%1, against A: %2").arg(value, difference);
    case Qt::ToolTipRole:
        return cell.value ? tr("The mean of %1 plays, with its 95 % interval.").arg(cell.value->replications)
                          : QString();
    default: return {};
    }
}

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignLeft | Qt::AlignVCenter);
    if (section == 0)
        return role == Qt::DisplayRole ? QVariant(QString()) : QVariant();
    const ComparedPolicy &policy = m_policies[section - 1];
    if (role == Qt::DisplayRole)
        return policy.title();
    if (role == Qt::DecorationRole) {
        QPixmap colour(headSwatch + headGap, headSwatch); // a header sets its text right beside it
        colour.fill(Qt::transparent);
        QPainter(&colour).fillRect(0, 0, headSwatch, headSwatch, policy.colour);
        return colour;
    }
    return {};
}

QByteArray ComparisonModel::csv() const
{
    QByteArray csv =
        csvRow({QStringLiteral("measure"), QStringLiteral("policy"), QStringLiteral("name"), QStringLiteral("mean"),
                QStringLiteral("half_width_95"), QStringLiteral("replications"), QStringLiteral("less_a"),
                QStringLiteral("less_a_half_width_95"), QStringLiteral("verdict")});
    for (int m = 0; m < int(m_cells.size()); ++m) {
        for (int p = 0; p < int(m_policies.size()); ++p) {
            const Cell &cell = m_cells[m][p];
            const auto mean = [](const std::optional<Estimate> &e) { return e ? digits(e->mean) : QString(); };
            const auto half = [](const std::optional<Estimate> &e) {
                return e && e->halfWidth ? digits(*e->halfWidth) : QString();
            };
            const int better = verdict(measures()[m], cell);
            csv += csvRow({toKey(measures()[m]), m_policies[p].letter, m_policies[p].name, mean(cell.value),
                           half(cell.value), cell.value ? QString::number(cell.value->replications) : QString(),
                           mean(cell.difference), half(cell.difference),
                           p == 0 || !cell.difference ? QString()
                           : better > 0               ? QStringLiteral("better")
                           : better < 0               ? QStringLiteral("worse")
                                                      : QStringLiteral("none")});
        }
    }
    return csv;
}

QByteArray momentsCsv(const QVector<ComparedPolicy> &policies, const StudyResult &result)
{
    QStringList head{QStringLiteral("from_s"), QStringLiteral("policy"), QStringLiteral("name")};
    for (const char *what : {"success", "latency_s", "attempts_per_call", "recovered"}) {
        for (const char *of : {"", "_low_95", "_high_95"})
            head << QLatin1String(what) + QLatin1String(of);
    }
    QByteArray csv = csvRow(head);
    for (int p = 0; p < int(result.sums.size()); ++p) {
        const std::vector<Moment> moments = result.moments(p);
        for (std::size_t i = 0; i < moments.size(); ++i) {
            const Moment &m = moments[i];
            csv +=
                csvRow(QStringList{digits(toSeconds(result.sums[std::size_t(p)].momentLength()) * double(i)),
                                   policies.value(p).letter, policies.value(p).name}
                       + bandCells(m.success) + bandCells(m.latency) + bandCells(m.attempts) + bandCells(m.recovered));
        }
    }
    return csv;
}

} // namespace retryscope
