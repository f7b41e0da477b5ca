// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/whatifpolicies.h"
#include "simulator/recommendation.h"

#include <QWidget>

class QCheckBox;
class QGridLayout;
class QLabel;
class QToolButton;

namespace retryscope {

class RangedEdit;

/// Where a better configuration is looked for: the scenarios that are searched on, those that the choice is only checked
/// on, how many are tried, and the luck.
class RecommendQuestion : public QWidget
{
    Q_OBJECT
public:
    explicit RecommendQuestion(QWidget *parent = nullptr);
    /// Without a policy.
    RecommendationTask task() const;
    /// Why it cannot be asked; empty: it can.
    QString problem() const;
    /// Names of the files, as the command line takes them.
    QStringList searched() const { return chosen(&Row::search); }
    QStringList heldOut() const { return chosen(&Row::check); }
    void setOpenChooser(OpenChooser chooser) { m_open = std::move(chooser); }

signals:
    void changed();

private:
    struct Row
    {
        QString key;
        Scenario scenario;
        QLabel *name;
        QCheckBox *search, *check;
    };
    QWidget *makeList();
    void addRow(const QString &key, const Scenario &scenario, bool searched, bool checked);
    void addFile();
    void addScenario(const QString &path, const Scenario &scenario);
    void tellChosen();
    QStringList chosen(QCheckBox *Row::*box) const;
    QVector<Scenario> scenarios(QCheckBox *Row::*box) const;

    QVector<Row> m_rows;
    QGridLayout *m_grid; ///< of the list, which makes it
    QLabel *m_wrong;     ///< in the list, about a file
    QWidget *m_list;
    QLabel *m_told;
    QToolButton *m_choose;
    OpenChooser m_open;
    RangedEdit *m_candidates, *m_plays, *m_seed;
};

} // namespace retryscope
