//! Where packages come from, for machines: an SPDX document and an in-toto statement for each recipe.
//!
//! - [SPDX 2.3](https://spdx.github.io/spdx-spec/v2.3/): the packages, their licences and digests, and the sources they
//!   were generated from.
//! - [in-toto Statement v1](https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md) with a
//!   [SLSA provenance v1](https://slsa.dev/spec/v1.0/provenance) predicate: all inputs of the build by digest.
//!
//! Both follow from the inputs, so two builds write the same bytes.

use crate::catalog::Located;
use crate::error::Error;
use crate::recipe::Spec;
use crate::spec::root::digest_of;
use crate::spec::sources;
use crate::workshop::Workshop;
use rpmfile::Package;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Who builds, in the statement: this program, in this version.
const BUILDER: &str = concat!("urn:lumen:pkgbuild:", env!("CARGO_PKG_VERSION"));
/// How a build works: a recipe of kind `spec`.
const BUILD_TYPE: &str = "urn:lumen:pkgbuild:spec:1";

/// All that is said about one build.
pub(crate) struct Record<'a> {
    pub(crate) workshop: &'a Workshop<'a>,
    pub(crate) package: &'a Located,
    pub(crate) spec: &'a Spec,
    /// The digest over all inputs.
    pub(crate) key: &'a str,
    /// Whether the directory of a failed build was used.
    pub(crate) resumed: bool,
    /// The files of the project it was made from.
    pub(crate) local: &'a [PathBuf],
    /// The packages of the root: name and SHA-256.
    pub(crate) root: &'a [(String, String)],
    /// The signed packages.
    pub(crate) files: &'a [PathBuf],
}

/// What is said of one package file.
struct Output {
    file: String,
    sha256: String,
    name: String,
    version: String,
    license: String,
}

impl Record<'_> {
    /// Writes both beside each other into build/provenance/ARCH.
    pub(crate) fn write(&self) -> Result<(), Error> {
        let workshop = self.workshop;
        let directory = workshop.build.join("provenance").join(&workshop.arch);
        let outputs = self.outputs()?;
        let name = &self.package.recipe.name;
        write(&directory.join(format!("{name}.spdx.json")), &self.spdx(&outputs))?;
        write(
            &directory.join(format!("{name}.intoto.json")),
            &self.statement(&outputs)?,
        )
    }

    fn outputs(&self) -> Result<Vec<Output>, Error> {
        self.files.iter().map(|file| output(file)).collect()
    }

    fn spdx(&self, outputs: &[Output]) -> Value {
        let name = &self.package.recipe.name;
        let packages = outputs.iter().map(|output| {
            json!({
                "SPDXID": format!("SPDXRef-{}", identifier(&output.file)),
                "name": output.name,
                "versionInfo": output.version,
                "packageFileName": output.file,
                "supplier": "Organization: Lumen OS",
                "downloadLocation": "NOASSERTION",
                "filesAnalyzed": false,
                "licenseDeclared": output.license,
                "licenseConcluded": "NOASSERTION",
                "copyrightText": "NOASSERTION",
                "checksums": [{ "algorithm": "SHA256", "checksumValue": output.sha256 }],
                "externalRefs": [{
                    "referenceCategory": "PACKAGE-MANAGER",
                    "referenceType": "purl",
                    "referenceLocator": format!("pkg:rpm/lumen/{}@{}?arch={}", output.name, output.version, self.workshop.arch),
                }],
            })
        });
        let sources = self.spec.sources.iter().map(|source| {
            json!({
                "SPDXID": format!("SPDXRef-{}", identifier(source.file_name())),
                "name": source.file_name(),
                "packageFileName": source.file_name(),
                "downloadLocation": "NOASSERTION",
                "filesAnalyzed": false,
                "licenseDeclared": "NOASSERTION",
                "licenseConcluded": "NOASSERTION",
                "copyrightText": "NOASSERTION",
                "checksums": [{ "algorithm": "SHA512", "checksumValue": source.sha512 }],
            })
        });
        json!({
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": name,
            "documentNamespace": format!("urn:lumen:spdx:{name}:{}", self.key),
            "creationInfo": { "created": date(self.workshop.clamp_time), "creators": [format!("Tool: {BUILDER}")] },
            "packages": packages.chain(sources).collect::<Vec<Value>>(),
            "relationships": self.relationships(outputs),
        })
    }

    fn relationships(&self, outputs: &[Output]) -> Vec<Value> {
        let relation = |from: &str, kind: &str, to: &str| json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to });
        let mut all = Vec::new();
        for output in outputs {
            let id = format!("SPDXRef-{}", identifier(&output.file));
            all.push(relation("SPDXRef-DOCUMENT", "DESCRIBES", &id));
            for source in &self.spec.sources {
                let source = format!("SPDXRef-{}", identifier(source.file_name()));
                all.push(relation(&id, "GENERATED_FROM", &source));
            }
        }
        all
    }

    fn statement(&self, outputs: &[Output]) -> Result<Value, Error> {
        let subjects = outputs
            .iter()
            .map(|output| json!({ "name": output.file, "digest": { "sha256": output.sha256 } }));
        Ok(json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": subjects.collect::<Vec<Value>>(),
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {
                "buildDefinition": {
                    "buildType": BUILD_TYPE,
                    "externalParameters": {
                        "recipe": self.package.recipe.name,
                        "architecture": self.workshop.arch,
                        "define": self.spec.define,
                        "relax": self.spec.relax,
                    },
                    "internalParameters": {
                        "key": self.key,
                        "sourceDateEpoch": self.workshop.clamp_time,
                        "resumed": self.resumed,
                    },
                    "resolvedDependencies": self.dependencies()?,
                },
                "runDetails": {
                    "builder": { "id": BUILDER },
                    "metadata": { "invocationId": self.key },
                },
            },
        }))
    }

    /// Sources, files of the project and the packages of the root.
    fn dependencies(&self) -> Result<Vec<Value>, Error> {
        let sources = self
            .spec
            .sources
            .iter()
            .map(|source| json!({ "name": source.path, "digest": { "sha512": source.sha512 } }));
        let mut all: Vec<Value> = sources.collect();
        let mut local = self.local.to_vec();
        local.push(sources::spec_file(self.package, self.spec));
        local.push(self.workshop.project.join("distro/build/macros"));
        for file in local {
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            all.push(json!({ "name": name, "digest": { "sha256": digest(&file)? } }));
        }
        let root = self.root.iter();
        all.extend(root.map(|(name, sha256)| json!({ "name": name, "digest": { "sha256": sha256 } })));
        Ok(all)
    }
}

fn output(file: &Path) -> Result<Output, Error> {
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let failed = |source| Error::Package {
        name: name.clone(),
        source,
    };
    let header = Package::open(file).map_err(failed)?.header;
    let nevra = header.nevra().map_err(failed)?;
    Ok(Output {
        sha256: digest(file)?,
        name: nevra.name.clone(),
        version: format!("{}-{}", nevra.evr.version, nevra.evr.release),
        license: header.license().to_owned(),
        file: name,
    })
}

fn digest(file: &Path) -> Result<String, Error> {
    digest_of(file).map_err(|source| Error::Read {
        what: "input",
        path: file.into(),
        source,
    })
}

/// SPDX identifiers have letters, digits, dots and hyphens (clause 7.2).
fn identifier(text: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' {
            c
        } else {
            '-'
        }
    };
    text.chars().map(plain).collect()
}

/// `YYYY-MM-DDThh:mm:ssZ` (SPDX, clause 6.9) from seconds since 1970.
fn date(seconds: u32) -> String {
    let date = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(seconds.into());
    date.format(&Rfc3339).unwrap_or_default()
}

fn write(path: &Path, value: &Value) -> Result<(), Error> {
    let failed = |source| Error::Write {
        what: "record of a build",
        path: path.into(),
        source,
    };
    let _ = path.parent().map(fs::create_dir_all);
    fs::write(path, format!("{value:#}\n")).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_date_1() {
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(1_709_164_800), "2024-02-29T00:00:00Z");
        assert_eq!(date(1_789_199_741), "2026-09-12T07:55:41Z");
    }

    #[test]
    fn identifiers_have_no_other_characters() {
        assert_eq!(identifier("zlib_1.3+really.tar.gz"), "zlib-1.3-really.tar.gz");
    }
}
