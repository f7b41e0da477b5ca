// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationdiff.h"

#include <QFrame>

class QButtonGroup;
class QGridLayout;
class QScrollArea;

namespace retryscope {

/// What was changed here and in the file, side by side: before, mine, theirs; one choice a row, mine unless chosen otherwise.
class MergePanel : public QFrame
{
    Q_OBJECT
public:
    explicit MergePanel(QWidget *parent = nullptr);
    void setConflicts(const ConfigurationConflicts &conflicts, const QHash<ProviderId, QString> &names);
    void focusFirst();

signals:
    void decided(const QSet<retryscope::ConfigurationPath> &takeTheirs);
    void closed();

private:
    void addRow(QGridLayout *grid, int row, const ConfigurationConflict &conflict,
                const QHash<ProviderId, QString> &names, bool takesTheirs);
    void chooseAll(int side);

    enum Side { Mine, Theirs };
    struct Choice { ConfigurationPath path; QButtonGroup *sides; };
    QScrollArea *m_scroll;
    QVector<Choice> m_choices;
    ConfigurationConflicts m_conflicts;
};

} // namespace retryscope
