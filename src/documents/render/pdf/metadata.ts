/**
 * Pure. The XMP packet (ISO 16684-1) of a PDF/A-3b and PDF/UA-1 file, with Factur-X's properties
 * and the extension schemas that PDF/A asks for. Its values equal the Info dictionary's.
 */
import { escapeXml } from "../einvoice/xml.ts";

export type Metadata = {
  title: string;
  author: string;
  language: string;
  /** RFC 3339, the document's own date. */
  createdAt: string;
  /** The name of the embedded invoice, or null. */
  facturX: string | null;
};

export const PRODUCER = "BoxCostPro Edge";
const FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#";
const UA = "http://www.aiim.org/pdfua/ns/id/";

/** The XMP packet as XML text (ISO 19005-3, 6.6), equal to the Info dictionary where both speak. */
export function xmpPacket(metadata: Metadata): string {
  const { title, author, language, createdAt, facturX } = metadata;
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">\
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">\
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfuaid="${UA}"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">\
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(title)}</rdf:li></rdf:Alt></dc:title>\
<dc:creator><rdf:Seq><rdf:li>${escapeXml(author)}</rdf:li></rdf:Seq></dc:creator>\
<dc:language><rdf:Bag><rdf:li>${escapeXml(language)}</rdf:li></rdf:Bag></dc:language>\
<dc:format>application/pdf</dc:format></rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">\
<xmp:CreatorTool>${PRODUCER}</xmp:CreatorTool><xmp:CreateDate>${createdAt}</xmp:CreateDate>\
<xmp:ModifyDate>${createdAt}</xmp:ModifyDate></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">\
<pdf:Producer>${PRODUCER}</pdf:Producer></rdf:Description>
${facturX === null ? "" : facturXProperties(facturX)}${extensionSchemas(facturX !== null)}
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`;
}

function facturXProperties(fileName: string): string {
  return `<rdf:Description rdf:about="" xmlns:fx="${FX}"><fx:DocumentType>INVOICE</fx:DocumentType>\
<fx:DocumentFileName>${escapeXml(fileName)}</fx:DocumentFileName><fx:Version>1.0</fx:Version>\
<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>
`;
}

/** The same in all files, with Factur-X's and without. */
const extensions = new Map<boolean, string>();

function extensionSchemas(facturX: boolean): string {
  const known = extensions.get(facturX) ?? describeSchemas(facturX);
  extensions.set(facturX, known);
  return known;
}

function describeSchemas(facturX: boolean): string {
  const uaSchema = schema("PDF/UA identification schema", UA, "pdfuaid", [
    property("part", "Integer", "internal", "Part of ISO 14289"),
  ]);
  const fxSchema = schema("Factur-X PDFA Extension Schema", FX, "fx", [
    property("DocumentFileName", "Text", "external", "Name of the embedded XML invoice"),
    property("DocumentType", "Text", "external", "Type of the hybrid document"),
    property("Version", "Text", "external", "Version of the Factur-X data"),
    property("ConformanceLevel", "Text", "external", "Profile of the embedded XML invoice"),
  ]);
  return `<rdf:Description rdf:about="" \
xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>\
${uaSchema}${facturX ? fxSchema : ""}</rdf:Bag></pdfaExtension:schemas></rdf:Description>`;
}

function schema(name: string, uri: string, prefix: string, properties: string[]): string {
  return `<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>${name}</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>${uri}</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>${prefix}</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>\
${properties.join("")}</rdf:Seq></pdfaSchema:property></rdf:li>`;
}

function property(name: string, type: string, category: string, description: string): string {
  return `<rdf:li rdf:parseType="Resource"><pdfaProperty:name>${name}</pdfaProperty:name>\
<pdfaProperty:valueType>${type}</pdfaProperty:valueType>\
<pdfaProperty:category>${category}</pdfaProperty:category>\
<pdfaProperty:description>${description}</pdfaProperty:description></rdf:li>`;
}
