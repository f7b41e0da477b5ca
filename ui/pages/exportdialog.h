// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "interchange/interchange.h"
#include "models/exportjob.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QTreeWidget;

namespace retryscope {

/// "Export": a configuration as that of another tool. What is kept of it stands above the file, before anything is saved.
class ExportDialog : public QDialog
{
    Q_OBJECT
public:
    /// `source`: what the configuration is called in the file's first line.
    ExportDialog(const Configuration &configuration, const QString &source, QWidget *parent = nullptr);
    void setPathChooser(PathChooser chooser) { m_choose = std::move(chooser); }

private:
    const InterchangeTarget &target() const;
    void showTarget();
    void addGroup(const LossReport &report, Kept kept);
    void save();
    void copy();

    Configuration m_configuration;
    QString m_source;
    QByteArray m_text;
    QComboBox *m_target;
    QLabel *m_about, *m_summary, *m_said;
    QTreeWidget *m_report;
    QPlainTextEdit *m_file;
    PathChooser m_choose = filePathChooser();
};

} // namespace retryscope
