// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationdiff.h"
#include "theme/theme.h"

#include <QFrame>

class QLabel;
class QPushButton;
class QScrollArea;

namespace retryscope {

/// The foot of the Tune page: what Apply would change, old → new, with what keeps it from doing so. Always in sight.
class DraftBar : public QFrame
{
    Q_OBJECT
public:
    explicit DraftBar(const Theme &theme, QWidget *parent = nullptr);
    /// `blockers` are sentences; none: it can be applied.
    void show(const ConfigurationChanges &changes, const QHash<ProviderId, QString> &names,
              const QStringList &blockers);
    /// Apply although nothing is changed: the file is gone.
    void setWritesAnew(bool anew);

signals:
    void applyRequested();
    void discardRequested();
    /// A change was chosen.
    void revealRequested(const retryscope::ConfigurationPath &path);

private:
    void showChips(const ConfigurationChanges &changes, const QHash<ProviderId, QString> &names);
    void enable();

    const Theme &m_theme;
    QLabel *m_title, *m_issues;
    QWidget *m_chips;
    QScrollArea *m_scroll;
    QPushButton *m_apply, *m_discard;
    ConfigurationChanges m_changes;
    QStringList m_blockers;
    bool m_anew = false;
};

} // namespace retryscope
